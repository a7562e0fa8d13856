"""Where calls meet processes: intake, missed calls, surveys and pagers, by messages and operations (issue 4, item 5)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine import clock
from engine.actor import Actor
from engine.instances.models import Instance
from engine.workitems.models import OPEN, WorkItem
from telephony.calls.models import PhoneNotice
from telephony.recordings.archive import path_of
from telephony.recordings.models import Recording
from telephony.seats import services as seats
from tests.fixtures import filling
from tests.fixtures.asterisk.node import Node
from tests.fixtures.databases import Databases
from tests.fixtures.phones import Call, answers, rejects
from tests.telephony.hotline import Hotline, in_the_know
from tests.telephony.test_nodes import Heard
from tests.telephony.test_pager import LINE, MEDICAL, PEOPLE, enrol

AGENT = Actor("agent1", frozenset({"agent"}))
AT_ONCE = SOON = timedelta(seconds=10)
"""From a key pressed to her profile (T23: two, on a machine that does nothing else), and to the first contact's telephone ringing (ten)."""


@pytest.fixture
def hotline(databases: Databases, exchange: Node, tmp_path: Path) -> Iterator[Hotline]:
    """A hotline whose diagrams know that there is an exchange, and whose recordings are kept in `tmp_path`."""
    with in_the_know(databases, exchange, recordings=tmp_path) as found:
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


def form_of(hotline: Hotline, item: WorkItem) -> Any:
    """A task's form, as agent1 sees it."""
    with hotline.product.engine.read() as session:
        return hotline.product.engine.task_form(session, AGENT, item.instance_id, item.task_id)[1]


def finish(hotline: Hotline, element: str, **chosen: Any) -> None:
    """Complete the one open task of an element as agent1, in the ordinary way but for what is `chosen`."""
    (item,) = tasks(hotline, element)
    form = form_of(hotline, item)
    filled = filling.answers(form.schema["components"], form.prefill, **chosen)
    hotline.product.engine.transact(AGENT, lambda work: work.complete(item.instance_id, item.task_id, filled))


def asks_an_expert(hotline: Hotline) -> None:
    """The agent takes the call down as a question and wants an expert in it."""
    hotline.until(lambda: tasks(hotline, "register") or None)
    finish(hotline, "register", outcome="file", category="consultation", caller_name="测试市民", phone=filling.PHONE)
    finish(hotline, "register")
    finish(hotline, "answer", mode="three_party")


def test_an_expert_who_is_free_is_brought_into_the_call_by_the_diagram(hotline: Hotline) -> None:
    citizen, agent, _call = hotline.talk()
    expert = hotline.agent("expert1", "1002", queues=("none",))
    asks_an_expert(hotline)
    voice = expert.ringing()
    voice.answer()
    citizen.until_hears({agent.tone, voice.tone})
    voice.until_hears({agent.tone, citizen.tone})
    assert len(tasks(hotline, "record_expert")) == 1
    citizen.hangup()
    hotline.nothing_is_left()


def test_an_expert_who_is_busy_is_a_task_to_ask_later_at_once(hotline: Hotline) -> None:
    citizen, agent, _call = hotline.talk()
    hotline.sign_in("expert1", "1002", queues=("none",))
    hotline.write(lambda session, now: seats.not_ready(session, Actor("expert1"), "meal", now))
    asks_an_expert(hotline)
    assert len(tasks(hotline, "ask_expert")) == 1
    citizen.until_hears({agent.tone})
    citizen.hangup()
    hotline.nothing_is_left()


def test_an_expert_who_does_not_answer_leaves_the_agent_to_ask_later(hotline: Hotline) -> None:
    citizen, agent, _call = hotline.talk()
    expert = hotline.agent("expert1", "1002", queues=("none",))
    asks_an_expert(hotline)
    expert.ringing().reject()
    citizen.until_hears({agent.tone})
    finish(hotline, "record_expert", result="later")
    assert len(tasks(hotline, "ask_expert")) == 1
    citizen.hangup()
    hotline.nothing_is_left()


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


def judged(hotline: Hotline, *reports: str) -> tuple[Any, Any]:
    """The device and the emergency seat talk, and the seat has judged that these are to be called."""
    enrol(hotline, (rejects(486), rejects(486), rejects(486)))
    seat = hotline.agent("agent1", "1001", queues=("emergency",))
    device = hotline.calls(MEDICAL, caller=LINE.replace("-", ""))
    voice = seat.ringing()
    voice.answer()
    device.until_hears({voice.tone})
    hotline.until(lambda: tasks(hotline, "judge") or None)
    finish(hotline, "judge", situation="illness", report=list(reports))
    return device, voice


def test_an_ambulance_that_answers_is_in_the_call_and_nobody_reports_by_hand(hotline: Hotline) -> None:
    hotline.phones.city.number("120", answers())
    device, voice = judged(hotline, "120")
    ambulance = hotline.phones.city.ringing("120")
    device.until_hears({voice.tone, ambulance.tone})
    ambulance.until_hears({device.tone, voice.tone})
    everything_is_told(hotline)
    assert tasks(hotline, "report_by_phone") == []
    device.hangup()
    voice.until_hears({ambulance.tone})  # she may have fainted: they go on talking about her
    voice.hangup()
    hotline.nothing_is_left()


def test_an_ambulance_that_is_busy_is_reported_by_hand_at_once(hotline: Hotline) -> None:
    hotline.phones.city.number("120", rejects(486))
    device, voice = judged(hotline, "120")
    hotline.until(lambda: tasks(hotline, "report_by_phone") or None)
    device.until_hears({voice.tone})
    device.hangup()
    hotline.nothing_is_left()


def test_a_pager_starts_the_emergency_and_a_contact_who_comes_is_known_there(hotline: Hotline) -> None:
    enrol(hotline, (answers(press="1", press_after=1.5), answers(), answers()))
    device = hotline.calls(MEDICAL, caller=LINE.replace("-", ""))
    hotline.phones.city.ringing(PEOPLE[0])
    hotline.until(lambda: processes(hotline, "elderly_emergency") or None)
    device.hangup()
    hotline.nothing_is_left()
    everything_is_told(hotline)
    assert len(processes(hotline, "elderly_emergency")) == 1


def press(hotline: Hotline, key: str) -> tuple[Call, WorkItem, datetime]:
    """She presses a key of her device: its call, the one task that this opens and shows her profile, and when she pressed."""
    pressed, device = clock.now(), hotline.calls(f"951001{key}", caller=LINE.replace("-", ""))
    (task,) = hotline.until(lambda: tasks(hotline, "judge") + tasks(hotline, "home_request") or None)
    assert "王奶奶" in form_of(hotline, task).prefill["sheet"]
    return device, task, pressed


@pytest.mark.parametrize(("key", "what"), [("1", "pager-police"), ("2", "pager-medical")])
def test_a_key_for_help_shows_her_profile_at_once_and_the_first_contact_rings_in_ten_seconds(hotline: Hotline, key: str, what: str) -> None:
    enrol(hotline, (answers(), answers(), answers()))
    heard = Heard(hotline)
    device, task, pressed = press(hotline, key)
    heard.until(what)
    hotline.phones.city.ringing(PEOPLE[0]).press("1").until_hears({device.tone})
    device.hangup()
    hotline.nothing_is_left()
    (call,) = hotline.rows()
    (contact,) = [leg for leg in hotline.legs(call.id) if leg.role == "contact"]
    assert (task.element_id, contact.number) == ("judge", PEOPLE[0])
    assert contact.up_at is not None
    assert task.created_at - pressed <= AT_ONCE
    assert contact.up_at - pressed <= SOON


def test_the_key_for_home_service_shows_her_profile_at_once_rings_a_seat_and_no_contact(hotline: Hotline) -> None:
    enrol(hotline, (answers(), answers(), answers()))
    phone = hotline.agent("agent1", "1001")
    device, task, pressed = press(hotline, "3")
    phone.ringing().answer()
    device.until_hears({phone.tone})
    device.hangup()
    hotline.nothing_is_left()
    (call,) = hotline.rows()
    assert (task.element_id, call.kind, call.queue) == ("home_request", "pager", "general")
    assert {leg.role for leg in hotline.legs(call.id)} == {"citizen", "agent"}
    assert task.created_at - pressed <= AT_ONCE


def test_a_message_is_a_task_with_its_sound_within_ten_seconds_of_hanging_up(hotline: Hotline, tmp_path: Path) -> None:
    hotline.change_plan(numbers={"12345": {"name": "留言", "start": "voicemail:general", "human": "queue:general"}})
    citizen = hotline.calls()
    call = hotline.call_in("voicemail").id
    hotline.until(lambda: hotline.value(call).recording or None)
    citizen.later(5.0, citizen.hangup)
    (task,) = hotline.until(lambda: tasks(hotline, "hear_voicemail") or None)

    def kept() -> Recording | None:
        with hotline.product.engine.read() as session:
            return session.scalars(select(Recording).where(Recording.call_id == task.business_key, Recording.sha256 != "")).first()

    recording = hotline.until(kept)
    file, (caller,) = path_of(tmp_path, recording.name), hotline.legs(call)
    assert (recording.kind, recording.bytes) == ("voicemail", file.stat().st_size)
    assert file.stat().st_size > 2 * 16_000
    assert task.created_at - caller.ended_at <= SOON
    assert datetime.fromtimestamp(file.stat().st_mtime, UTC) - caller.ended_at <= SOON
