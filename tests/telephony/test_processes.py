"""Where calls meet processes: intake, missed calls, surveys and pagers, by messages and operations (issue 4, item 5)."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from engine.instances.models import Instance
from engine.workitems.models import OPEN, WorkItem
from telephony.calls.models import PhoneNotice
from tests.fixtures.asterisk.node import Node
from tests.fixtures.databases import Databases
from tests.fixtures.phones import answers
from tests.telephony.hotline import Hotline, in_the_know
from tests.telephony.test_pager import LINE, MEDICAL, PEOPLE, enrol


@pytest.fixture
def hotline(databases: Databases, exchange: Node) -> Iterator[Hotline]:
    """A hotline whose diagrams know that there is an exchange."""
    with in_the_know(databases, exchange) as found:
        yield found


def tasks(hotline: Hotline, element: str) -> list[WorkItem]:
    """The open tasks of an element."""
    with hotline.product.engine.read() as session:
        return list(session.scalars(select(WorkItem).where(WorkItem.element_id == element, WorkItem.state == OPEN)))


def processes(hotline: Hotline, key: str) -> list[Instance]:
    """The instances of a process."""
    with hotline.product.engine.read() as session:
        return list(session.scalars(select(Instance).where(Instance.process_key == key)))


def everything_is_told(hotline: Hotline) -> None:
    """Nothing waits to be told."""

    def nothing() -> bool | None:
        with hotline.product.engine.read() as session:
            return session.scalars(select(PhoneNotice)).first() is None or None

    hotline.until(nothing)


def test_a_call_that_is_answered_is_a_form_for_the_agent_who_answered(hotline: Hotline) -> None:
    citizen, _agent, call = hotline.talk()
    task = hotline.until(lambda: next(iter(tasks(hotline, "register")), None))
    assert (task.business_key, task.assignee) == (call, "agent1")
    citizen.hangup()
    hotline.nothing_is_left()
    everything_is_told(hotline)
    assert [one.process_key for one in processes(hotline, "intake")] == ["intake"]
    assert tasks(hotline, "register") != []


def test_the_form_follows_a_call_that_is_handed_over(hotline: Hotline) -> None:
    citizen, _agent, call = hotline.talk()
    hotline.until(lambda: next((task for task in tasks(hotline, "register") if task.assignee == "agent1"), None))
    other = hotline.agent("team_leader1", "1003", queues=("none",))
    assert hotline.ask("agent1", "consult", call, to="agent:team_leader1").state == "done"
    other.ringing().answer()
    hotline.seat_in("team_leader1", "busy")
    assert hotline.ask("agent1", "transfer", call).state == "done"
    hotline.until(lambda: next((task for task in tasks(hotline, "register") if task.assignee == "team_leader1"), None))
    citizen.hangup()
    hotline.nothing_is_left()


def test_a_caller_who_gave_up_is_called_back_once_however_often_they_tried(hotline: Hotline) -> None:
    hotline.sign_in("agent1", "1001", queues=("none",))
    for _ in range(2):
        citizen = hotline.calls()
        citizen.until("up")
        hotline.call_in("queued")
        citizen.hangup()
        hotline.nothing_is_left()
    everything_is_told(hotline)
    (task,) = tasks(hotline, "return_call")
    assert task.assignee == "agent1"


def test_a_pager_starts_the_emergency_and_a_contact_who_comes_is_known_there(hotline: Hotline) -> None:
    enrol(hotline, (answers(press="1", press_after=1.5), answers(), answers()))
    device = hotline.calls(MEDICAL, caller=LINE.replace("-", ""))
    hotline.phones.city.ringing(PEOPLE[0])
    hotline.until(lambda: processes(hotline, "elderly_emergency") or None)
    device.hangup()
    hotline.nothing_is_left()
    everything_is_told(hotline)
    assert len(processes(hotline, "elderly_emergency")) == 1
