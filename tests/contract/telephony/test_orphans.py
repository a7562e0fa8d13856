"""An exchange that does not come back: its calls end by another's worker, its agents are free, and nothing of it is forgotten."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from engine.db import transaction
from telephony.calls import happenings as told
from telephony.calls.models import PhoneCall, PhoneLeg, PhoneNotice
from telephony.calls.values import AGENT, Call
from telephony.seats import services as seats
from telephony.seats.models import BUSY, NOT_READY, READY, RESERVED, WRAP_UP, Seat
from telephony.worker import leases
from telephony.worker.desk import Desk, Outlets, Told
from telephony.worker.orphans import Orphans
from tests.contract.telephony.conftest import nothing

LOST, APP = "02:00:00:00:00:0b", "bihuan"
NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
A_MINUTE, A_SECOND = timedelta(minutes=1), timedelta(seconds=1)


class Ruin:
    """An exchange with a call that talks, one that rings at an agent's and one that waits; then nothing of it answers any more."""

    def __init__(self, database: Engine) -> None:
        self.database, self.now = database, NINE
        self.ended: list[str] = []
        self.orphans = Orphans(self.database, nothing, nothing, self._ended)
        self.desk = Desk(self.database, LOST, APP, Outlets(nothing, nothing, nothing, nothing, nothing))

    def begin(self) -> None:
        """While it is there still."""
        for agent in ("anna", "boris"):
            self.sign_in(agent)
        for channel in ("100.1", "100.2", "100.3"):
            self.pass_time(A_SECOND)
            self.desk.came_in(channel, f"1390000000{channel[-1]}", "12345")
        self.desk.look()
        (talks, *_) = self.desk.calls
        (agent_leg,) = self.desk.calls[talks].call.live(AGENT)
        self.desk.happen((talks, told.Up(agent_leg.id)))
        self.pass_time(A_MINUTE)

    def sign_in(self, agent: str) -> None:
        """An agent who is ready."""
        with transaction(self.database) as session:
            seats.sign_in(session, Actor(agent), f"PJSIP/{agent}", ["general"], self.now)
            seats.ready(session, Actor(agent), self.now)

    def beat(self) -> None:
        """A worker of it lives."""
        with transaction(self.database) as session:
            leases.take(session, APP, LOST, "holder", self.now)

    def pass_time(self, span: timedelta) -> None:
        """Nothing else happens."""
        self.now += span

    def look(self) -> frozenset[str]:
        """Another exchange's worker looks."""
        return self.orphans.look(self.now)

    def seat(self, agent: str) -> str:
        """The state of one."""
        with transaction(self.database) as session:
            return session.get_one(Seat, agent).state

    def outcomes(self) -> list[str]:
        """How the calls ended, oldest first; empty for one that lives."""
        with transaction(self.database) as session:
            return list(session.scalars(select(PhoneCall.outcome).order_by(PhoneCall.began_at)))

    def told(self, session: Session) -> list[str]:
        """What the processes are still to be told."""
        return sorted(session.scalars(select(PhoneNotice.message).where(PhoneNotice.node == LOST)))

    def _ended(self, call: Call) -> None:
        self.ended.append(call.id)


@pytest.fixture
def ruin(database: Engine) -> Iterator[Ruin]:
    """One, on a clock of its own."""
    found = Ruin(database)
    with clock.run_on(lambda: found.now.timestamp()):
        found.begin()
        yield found


def test_calls_of_an_exchange_that_stays_away_end_as_they_would_have_and_its_agents_are_free(ruin: Ruin) -> None:
    assert (ruin.seat("anna"), ruin.seat("boris")) == (BUSY, RESERVED)
    assert ruin.look() == frozenset()
    ruin.pass_time(leases.LOST - A_SECOND)
    assert ruin.look() == frozenset()
    assert ruin.outcomes() == ["", "", ""]
    ruin.pass_time(A_SECOND)
    assert ruin.look() == {LOST}
    assert ruin.outcomes() == ["talked", "abandoned", "abandoned"]
    assert (ruin.seat("anna"), ruin.seat("boris")) == (WRAP_UP, READY)
    assert len(ruin.ended) == 3
    with transaction(ruin.database) as session:
        seats.not_ready(session, Actor("anna"), "meal", ruin.now)
        assert session.get_one(Seat, "anna").state == NOT_READY
        assert ruin.told(session) == ["CallAnswered", *["CallEnded"] * 3, *["CallMissed"] * 2, *["CallReceived"] * 3]
        session.query(PhoneNotice).delete()
    assert ruin.look() == frozenset(), "there is nothing of it left"


def test_nobody_has_talked_since_the_exchange_was_heard_of_last(ruin: Ruin) -> None:
    ruin.beat()
    ruin.pass_time(2 * leases.LAPSE)
    ruin.look()
    ruin.pass_time(leases.LOST)
    ruin.look()
    with transaction(ruin.database) as session:
        talked = max(leg.talked_ms for leg in session.scalars(select(PhoneLeg)))
    assert talked == (A_MINUTE + leases.LAPSE).total_seconds() * 1000


def test_an_exchange_that_has_a_worker_is_left_alone_and_one_that_gets_one_again_as_well(ruin: Ruin) -> None:
    ruin.look()
    ruin.pass_time(leases.LOST / 2)
    ruin.beat()
    ruin.look()
    ruin.pass_time(leases.LOST / 2)
    ruin.look()
    ruin.pass_time(leases.LOST / 2)
    assert ruin.look() == frozenset()
    assert ruin.outcomes() == ["", "", ""]


def test_a_call_that_cannot_be_ended_keeps_no_other_from_its_end(ruin: Ruin, monkeypatch: pytest.MonkeyPatch) -> None:
    ruin.look()
    ruin.pass_time(leases.LOST)
    happen, (broken, *_) = Desk.happen, ruin.desk.calls

    def fails(desk: Desk, *events: Told) -> None:
        assert events[0][0] != broken
        happen(desk, *events)

    monkeypatch.setattr(Desk, "happen", fails)
    ruin.look()
    assert ruin.outcomes() == ["", "abandoned", "abandoned"]


def test_a_call_that_its_own_worker_moves_on_meanwhile_is_its_own(ruin: Ruin, monkeypatch: pytest.MonkeyPatch) -> None:
    ruin.look()
    ruin.pass_time(leases.LOST)
    load = Desk.load

    def loaded_and_moved(desk: Desk) -> list[Call]:
        found = load(desk)
        with transaction(ruin.database) as session:
            session.execute(update(PhoneCall).where(PhoneCall.id == next(iter(ruin.desk.calls))).values(version=99))
        return found

    monkeypatch.setattr(Desk, "load", loaded_and_moved)
    ruin.look()
    assert ruin.outcomes() == ["", "abandoned", "abandoned"]
