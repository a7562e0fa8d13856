"""Emergencies that are handed over out of the intake's form, with the number and the outcome on record (T20)."""

from collections.abc import Iterator

import pytest

from engine.instances.models import ENDED
from tests.fixtures.asterisk.node import Node
from tests.fixtures.databases import Databases
from tests.fixtures.phones import answers, rejects
from tests.telephony.hotline import Hotline, in_the_know
from tests.telephony.test_processes import finish, processes, tasks

BUSY = 17


@pytest.fixture
def hotline(databases: Databases, exchange: Node) -> Iterator[Hotline]:
    """A hotline whose diagrams know that there is an exchange."""
    with in_the_know(databases, exchange) as found:
        yield found


@pytest.mark.parametrize("number", ["110", "119", "120"])
def test_an_emergency_of_the_form_is_put_through_and_the_intake_knows_to_whom(hotline: Hotline, number: str) -> None:
    hotline.phones.city.number(number, answers())
    citizen, agent, call = hotline.talk()
    hotline.until(lambda: tasks(hotline, "register") or None)
    finish(hotline, "register", outcome="emergency", emergency=number)
    service = hotline.phones.city.ringing(number)
    agent.until("ended")
    citizen.until_hears({service.tone})
    service.until_hears({citizen.tone})
    (intake,) = hotline.until(lambda: [one for one in processes(hotline, "intake") if one.status == ENDED] or None)
    assert (intake.business_key, intake.outcome) == (call, "转接")
    citizen.hangup()
    hotline.nothing_is_left()
    (leg,) = (leg for leg in hotline.legs(call) if leg.role == "third")
    assert (leg.number, leg.up_at is not None) == (number, True)


def test_an_emergency_whose_number_is_busy_is_a_task_and_the_citizen_is_not_lost(hotline: Hotline) -> None:
    hotline.phones.city.number("120", rejects(486))
    citizen, _agent, call = hotline.talk()
    hotline.until(lambda: tasks(hotline, "register") or None)
    finish(hotline, "register", outcome="emergency", emergency="120")
    hotline.until(lambda: tasks(hotline, "transfer_by_hand") or None)
    assert hotline.call_in("queued").id == call
    citizen.hangup()
    hotline.nothing_is_left()
    (leg,) = (leg for leg in hotline.legs(call) if leg.role == "third")
    assert (leg.number, leg.up_at, leg.cause) == ("120", None, BUSY)


def test_who_tells_the_ambulance_where_to_go_is_not_cut_off_when_the_citizens_line_drops(hotline: Hotline) -> None:
    hotline.phones.city.number("120", answers())
    citizen, agent, call = hotline.talk()
    assert hotline.ask("agent1", "conference", call, to="120").state == "done"
    ambulance = hotline.phones.city.ringing("120")
    citizen.until_hears({agent.tone, ambulance.tone})
    citizen.hangup()
    agent.until_hears({ambulance.tone})
    ambulance.until_hears({agent.tone})
    ambulance.hangup()
    agent.until("ended")
    hotline.nothing_is_left()
