"""Jobs get lost and run twice; what they do happens once (E04, E17)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from engine import clock
from engine.actor import SYSTEM
from engine.history import expand
from engine.jobs.port import FIRE_TIMER
from engine.registry import Registry
from engine.runtime.engine import Engine
from engine.timers.firing import TimerFirer
from engine.timers.models import QUEUED, WAITING, Timer
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import put_process
from tests.contract.jobs.conftest import Queues
from tests.contract.jobs.recorder import PATIENCE, soon

CASES = tuple(f"case-{number}" for number in range(12))
HALF_AN_HOUR = timedelta(minutes=30, seconds=1)


@pytest.fixture
def engine(sessions: sessionmaker[Session]) -> Engine:
    """An engine whose process waits for a person and reminds them twice, every half an hour."""
    reminder = draw.boundary("reminder", "answer", draw.timer("Cycle", '"R2/PT30M"'))
    body = draw.start() + draw.user("answer") + reminder + draw.end("told", "已提醒") + draw.end()
    with sessions.begin() as session:
        put_process(session, "reminded", draw.document("reminded", body, "begin>answer; answer>finish; reminder>told"))
    return Engine(sessions, Registry())


@pytest.fixture
def live_clock() -> Iterator[None]:
    """The live clock, which the queues' own threads follow, put back after the test."""
    before = clock.offset()
    yield
    clock.set_offset(before)


@pytest.mark.usefixtures("live_clock")
def test_a_timer_fires_once_though_its_job_runs_twice_and_its_row_is_dispatched_again(
    queues: Queues, engine: Engine, sessions: sessionmaker[Session]
) -> None:
    for case in CASES:
        engine.transact(SYSTEM, lambda work, case=case: work.start("reminded", case, {}))  # type: ignore[misc]  # mypy infers no default of a lambda
    firer = TimerFirer(engine)

    def fire_twice(timers: list[tuple[int, int, str]]) -> None:
        firer(timers)
        firer(timers)

    first, second = queues(), queues()
    first.start({FIRE_TIMER: fire_twice})
    second.start({FIRE_TIMER: fire_twice})
    for reminders in (1, 2):
        clock.set_offset(clock.offset() + HALF_AN_HOUR)
        assert soon(lambda reminders=reminders: _lose_some(sessions) or _fired(engine) == [reminders] * len(CASES))  # type: ignore[misc]  # mypy infers no default of a lambda
    assert first.wait_idle(PATIENCE)
    assert _fired(engine) == [2] * len(CASES)
    with sessions() as session:
        assert session.scalars(select(Timer)).all() == []


def _fired(engine: Engine) -> list[int]:
    """How many different due times were told of in each case; told twice, one fails."""
    counts = []
    with engine.read() as session:
        for case in CASES:
            due = [one.data["due"] for one in expand.read(session, engine.specs, case).steps if one.type == "timer" and one.data]
            assert len(due) == len(set(due)), f"{case} fired twice for one due time"
            counts.append(len(due))
    return counts


def _lose_some(sessions: sessionmaker[Session]) -> bool:
    """Have the rows of jobs that are under way wait again, as the sweep for orphans does."""
    with sessions.begin() as session:
        session.execute(update(Timer).where(Timer.state == QUEUED).values(state=WAITING, queued_at=None))
    return False
