"""The blacklist by its table and the clock (T29): blocked for a time only, and an emergency never, on both databases."""

import pytest
from sqlalchemy import Engine

from engine.actor import Actor
from engine.db import transaction
from telephony.blacklist import services as blacklist
from telephony.calls.values import BLOCKED, PAGER, QUEUED, Call
from telephony.worker.desk import Desk, Outlets
from tests.contract.telephony.conftest import nothing
from tests.fixtures.clocks import Clock

NUMBER, DAYS = "13900001111", 3


@pytest.fixture
def desk(database: Engine) -> Desk:
    """A worker's desk at which calls come in."""
    return Desk(database, "node", "app", Outlets(nothing, nothing, nothing, nothing, nothing))


@pytest.fixture(autouse=True)
def _blocked(database: Engine, clock: Clock) -> None:
    """The number is blocked from now on for some days."""
    with transaction(database) as session:
        asked = blacklist.ask(session, Actor("agent1"), NUMBER, "骚扰", DAYS, clock.now)
        assert not blacklist.blocked(session, NUMBER, clock.now)
        blacklist.approve(session, Actor("team_leader1"), asked.id, clock.now)


def comes_in(desk: Desk, service: str, channel: str = "100.1") -> Call:
    """The blocked number calls a service."""
    desk.came_in(channel, NUMBER, service)
    (call,) = [held.call for held in desk.calls.values() if channel in held.call.legs]
    return call


def test_a_number_is_blocked_until_its_time_is_over_and_then_waits_like_any_other(desk: Desk, clock: Clock) -> None:
    assert comes_in(desk, "12345").outcome == BLOCKED
    clock.advance(days=DAYS, seconds=-1)
    assert comes_in(desk, "12345", "100.2").outcome == BLOCKED
    clock.advance(seconds=1)
    call = comes_in(desk, "12345", "100.3")
    assert (call.state, call.outcome) == (QUEUED, "")


@pytest.mark.parametrize("service", ["9510011", "9510012", "9510013"])
def test_a_pagers_key_is_never_blocked_whichever_it_is(desk: Desk, service: str) -> None:
    assert comes_in(desk, "12345").outcome == BLOCKED
    call = comes_in(desk, service, "100.2")
    assert (call.kind, call.state, call.outcome) == (PAGER, QUEUED, "")
