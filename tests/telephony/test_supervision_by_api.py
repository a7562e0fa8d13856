"""Supervision as a supervisor does it, through the API, on a real exchange (T14, T28): each deed is proven by who hears whom."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.api.conftest import Desk
from tests.fixtures.asterisk.node import Node
from tests.fixtures.databases import Databases
from tests.fixtures.phones import MUSIC_HERTZ, Call, Phone, rings
from tests.telephony.hotline import Hotline, in_the_know

AGENT, LEADER, OTHER = "agent1", "team_leader1", "shift_leader1"
SEATS = {AGENT: "1001", LEADER: "1002", OTHER: "1003"}


@pytest.fixture
def hotline(databases: Databases, exchange: Node) -> Iterator[Hotline]:
    """A hotline whose API knows that there is an exchange."""
    with in_the_know(databases, exchange) as found:
        yield found


class Office:
    """The people of a hotline at the API, each with a telephone."""

    def __init__(self, hotline: Hotline) -> None:
        self.hotline, self._desk = hotline, Desk(hotline.product)

    def sits(self, who: str, *queues: str) -> Phone:
        """Somebody signs in at a telephone of their own and is ready."""
        phone = self.hotline.phones.seat(SEATS[who], policy=rings())
        self.does(who, "seat/sign-in", endpoint=SEATS[who], queues=list(queues) or ["general"])
        self.does(who, "seat/ready")
        return phone

    def does(self, who: str, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
        """One deed."""
        answer = self._desk[who].post(f"telephony/{path}", body or None)
        assert answer.status_code == status, answer.text
        self.hotline.worker.wake()
        found: dict[str, Any] = answer.json
        return found

    def asks(self, who: str, call: str, kind: str, **body: Any) -> None:
        """Something is asked of a call, and done."""
        number = self.does(who, f"calls/{call}/actions/{kind}", 202, **body)["command"]

        def done() -> bool | None:
            command = self._desk[who].get(f"telephony/commands/{number}").json
            assert command["state"] != "refused", command
            return command["state"] == "done" or None

        self.hotline.until(done)

    def talks(self, phone: Phone) -> tuple[Call, Call, str]:
        """A citizen talks with whoever has this telephone; the call's id too."""
        citizen = self.hotline.calls()
        agent = phone.ringing()
        agent.answer()
        citizen.until_hears({phone.tone})
        return citizen, agent, self.hotline.call_in("talking").id

    def deeds(self, call: str) -> list[tuple[str, str]]:
        """What is on record of a call: who did what."""
        return [(one["by"], one["kind"]) for one in self._desk[LEADER].get(f"telephony/calls/{call}").json["commands"]]


@pytest.fixture
def office(hotline: Hotline) -> Office:
    """Its people."""
    return Office(hotline)


def test_a_supervisor_listens_whispers_barges_in_and_takes_over(office: Office, hotline: Hotline) -> None:
    citizen, agent, call = office.talks(office.sits(AGENT))
    seat = office.sits(LEADER, "labour")
    office.does(AGENT, f"calls/{call}/actions/supervise", 403, mode="listen")
    office.asks(LEADER, call, "supervise", mode="listen")
    ear = seat.ringing()
    ear.answer()
    ear.until_hears({citizen.tone, agent.tone})
    citizen.until_hears({agent.tone})
    agent.until_hears({citizen.tone})
    office.asks(LEADER, call, "supervise", mode="whisper")
    agent.until_hears({citizen.tone, ear.tone})
    citizen.until_hears({agent.tone})
    office.asks(LEADER, call, "supervise", mode="barge")
    citizen.until_hears({agent.tone, ear.tone})
    office.asks(LEADER, call, "take-over")
    agent.until("ended")
    citizen.until_hears({ear.tone})
    ear.until_hears({citizen.tone})
    assert hotline.call_in("talking").agent == LEADER
    citizen.hangup()
    hotline.nothing_is_left()
    assert office.deeds(call) == [(LEADER, "supervise")] * 3 + [(LEADER, "take-over")]


def test_a_supervisor_forces_an_agent_out_and_the_caller_goes_to_the_next(office: Office, hotline: Hotline) -> None:
    citizen, agent, call = office.talks(office.sits(AGENT))
    office.does(AGENT, f"calls/{call}/actions/force-out", 403)
    seat = office.sits(LEADER)
    office.asks(LEADER, call, "force-out")
    agent.until("ended")
    seat.ringing().answer()
    citizen.until_hears({seat.tone})
    assert hotline.call_in("talking").agent == LEADER
    citizen.hangup()
    hotline.nothing_is_left()
    assert office.deeds(call) == [(LEADER, "force-out")]


def test_a_locked_seat_gets_no_call_until_it_is_unlocked(office: Office, hotline: Hotline) -> None:
    phone = office.sits(AGENT)
    citizen, agent, _call = office.talks(phone)
    office.does(LEADER, f"seats/{AGENT}/lock")
    citizen.until_hears({agent.tone})
    citizen.hangup()
    seat = hotline.seat_in(AGENT, "not_ready")
    assert (seat.locked, seat.reason) == (True, "forced")
    office.does(AGENT, "seat/ready", 409)
    waiting = hotline.calls()
    waiting.until("up").until_hears({MUSIC_HERTZ})
    assert hotline.call_in("queued").agent is None
    office.does(LEADER, f"seats/{AGENT}/unlock")
    office.does(AGENT, "seat/ready")
    phone.ringing().answer()
    waiting.until_hears({phone.tone})
    waiting.hangup()
    hotline.nothing_is_left()


def test_a_call_that_rings_is_picked_up_at_another_telephone(office: Office, hotline: Hotline) -> None:
    first, other = office.sits(AGENT), office.sits(OTHER, "labour")
    citizen = hotline.calls()
    ringing = first.ringing()
    call = hotline.call_in("offering").id
    office.asks(OTHER, call, "pick-up")
    ringing.until("ended")
    other.ringing().answer()
    citizen.until_hears({other.tone})
    assert hotline.call_in("talking").agent == OTHER
    hotline.seat_in(AGENT, "ready")
    citizen.hangup()
    hotline.nothing_is_left()
    assert office.deeds(call) == [(OTHER, "pick-up")]
