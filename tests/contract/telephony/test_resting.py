"""Who rests, rests on after a call; who was locked can be unlocked; callers without a number are strangers; on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from engine.actor import Actor
from engine.db import to_micros, transaction
from telephony.calls.values import ENDED, INBOUND, QUEUED, Call
from telephony.plan.values import Queue
from telephony.seats import services as seats
from telephony.seats.errors import NoSeat, SeatLocked
from telephony.seats.models import BUSY, NOT_READY, OFFLINE, READY, WRAP_UP, Seat
from telephony.worker import store
from telephony.worker.pairing import pair

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ANNA, BORIS = Actor("anna"), Actor("boris")
WRAP = 15


class Shift:
    """A database with seats, and a clock that a test turns."""

    def __init__(self, database: Engine) -> None:
        self.database, self.now = database, NINE
        for actor in (ANNA, BORIS):
            self.sign_in(actor)

    def sign_in(self, actor: Actor) -> None:
        """Sit down, not ready yet."""
        with transaction(self.database) as session:
            seats.sign_in(session, actor, f"PJSIP/{actor.id}", ("general",), self.now)

    def ready(self, actor: Actor) -> None:
        """Take calls."""
        with transaction(self.database) as session:
            seats.ready(session, actor, self.now)

    def rest(self, actor: Actor, reason: str = "meal") -> None:
        """Take none for a while."""
        with transaction(self.database) as session:
            seats.not_ready(session, actor, reason, self.now)

    def talk(self, agent: str) -> None:
        """A colleague's call comes to somebody and is over half a minute later."""
        with transaction(self.database) as session:
            seats.engage(session, agent, BUSY, "c1", self.now)
        self.now += timedelta(seconds=30)
        with transaction(self.database) as session:
            seats.free(session, agent, "c1", self.now, talked=True, reason="", wrap_seconds=WRAP)

    def wrapped_up(self, seconds: float = WRAP) -> None:
        """Some seconds later the worker looks whose wrap-up is over."""
        self.now += timedelta(seconds=seconds)
        with transaction(self.database) as session:
            seats.end_wrap_ups(session, self.now)

    def lock(self, agent: str, *, on: bool) -> None:
        """A supervisor locks a seat, or unlocks it."""
        with transaction(self.database) as session:
            seats.lock(session, agent, self.now, on=on)

    def state(self, actor: Actor) -> tuple[str, str]:
        """State and reason."""
        with transaction(self.database) as session:
            row = session.get_one(Seat, actor.id)
            return row.state, row.reason

    def shown(self) -> list[str]:
        """Whom the board shows."""
        with transaction(self.database) as session:
            return [seat.agent for seat in seats.shown(session)]


@pytest.fixture
def shift(database: Engine) -> Shift:
    """Two agents who have sat down."""
    return Shift(database)


def test_who_rests_and_is_consulted_rests_on_after_wrap_up(shift: Shift) -> None:
    shift.rest(ANNA)
    shift.talk("anna")
    assert shift.state(ANNA)[0] == WRAP_UP
    shift.wrapped_up()
    assert shift.state(ANNA) == (NOT_READY, "meal")


def test_who_was_ready_is_ready_after_wrap_up(shift: Shift) -> None:
    shift.rest(ANNA)
    shift.ready(ANNA)
    shift.talk("anna")
    shift.wrapped_up()
    assert shift.state(ANNA) == (READY, "")


def test_who_goes_to_lunch_while_the_worker_looks_for_ended_wrap_ups_is_left_there(shift: Shift) -> None:
    """Between the look and the lock another transaction may have the row."""
    shift.ready(ANNA)
    shift.talk("anna")
    shift.now += timedelta(seconds=WRAP)
    with transaction(shift.database) as session:
        gone: list[bool] = []

        def leave(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            if not gone and "FROM phone_seat" in statement:
                gone.append(True)
                seats.move(session, "anna", NOT_READY, shift.now, reason="meal")

        event.listen(shift.database, "after_cursor_execute", leave)
        seats.end_wrap_ups(session, shift.now)
        event.remove(shift.database, "after_cursor_execute", leave)
    assert gone
    assert shift.state(ANNA) == (NOT_READY, "meal")


def test_a_locked_agent_who_signs_out_is_shown_and_can_be_unlocked_and_come_back(shift: Shift) -> None:
    shift.lock("anna", on=True)
    with transaction(shift.database) as session:
        seats.sign_out(session, ANNA, shift.now)
        seats.sign_out(session, BORIS, shift.now)
    assert shift.state(ANNA)[0] == OFFLINE
    assert shift.shown() == ["anna"]
    with pytest.raises(SeatLocked):
        shift.sign_in(ANNA)
    shift.lock("anna", on=False)
    assert shift.state(ANNA)[0] == OFFLINE
    assert shift.shown() == []
    shift.sign_in(ANNA)
    assert shift.state(ANNA)[0] == NOT_READY


def test_who_is_locked_while_signed_out_stays_signed_out_and_cannot_sign_in(shift: Shift) -> None:
    with transaction(shift.database) as session:
        seats.sign_out(session, ANNA, shift.now)
    shift.lock("anna", on=True)
    assert shift.state(ANNA)[0] == OFFLINE
    with pytest.raises(SeatLocked):
        shift.sign_in(ANNA)
    with pytest.raises(NoSeat):
        shift.lock("nobody", on=True)


def test_who_withholds_the_number_is_not_taken_for_whoever_withheld_it_last(shift: Shift) -> None:
    for actor in (ANNA, BORIS):
        shift.ready(actor)
        shift.now += timedelta(seconds=1)
    before = Call("c0000000000000007", INBOUND, to_micros(NINE), state=ENDED, queue="general", agent="boris")
    before.talking = before.ended = to_micros(NINE)
    with transaction(shift.database) as session:
        saving = store.Saving(session, "node", "app")
        saving.add(before)
        saving.send()
        found = pair(session, Call("c1", INBOUND, to_micros(NINE), state=QUEUED, queue="general"), Queue("综合"), "node", shift.now)
    assert found.agent == "anna"
