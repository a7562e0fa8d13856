"""Timers that are due together are fired together, in due order, and one that fails is nobody else's trouble."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event, select

from engine import clock as engine_clock
from engine.actor import SYSTEM, Actor
from engine.context import Context
from engine.history.models import History
from engine.history.verify import verify
from engine.outbox.models import Incident
from engine.registry import Registry
from engine.runtime.engine import Engine
from engine.runtime.work import MAX_HOPS
from engine.timers.firing import TimerFirer
from engine.timers.models import FAILED, Timer
from engine.workitems.models import WorkItem
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import Publish
from tests.fixtures.clocks import Clock

AGENT = Actor("agent1", frozenset({"agent"}))
CASES = 6


@pytest.fixture
def rung(registry: Registry) -> list[str]:
    """The cases whose operation was called, in order; that of case C3 fails when it is told to."""
    rung: list[str] = []

    @registry.operation("bell.ring")
    def ring(context: Context) -> None:
        rung.append(context.business_key)
        if context.business_key == "C3" and context.variables["fails"]:
            raise RuntimeError("the bell is broken")

    return rung


def opened(engine: Engine, publish: Publish, *, fails: bool = False) -> None:
    """Open cases that wait for a timer each, the last opened is due first, and ring a bell when it fires."""
    body = (
        draw.start()
        + draw.catch("waiting", draw.timer("Date", "due"))
        + draw.service("ring", "bell.ring")
        + draw.user("after")
        + draw.end()
    )
    publish("waits", draw.document("waits", body, "begin>waiting; waiting>ring; ring>after; after>finish"))
    first = engine_clock.now() + timedelta(hours=1)
    for number in range(CASES):
        facts = {"due": (first - timedelta(minutes=number)).isoformat(), "fails": fails}
        engine.transact(SYSTEM, lambda work, number=number, facts=facts: work.start("waits", f"C{number}", facts))  # type: ignore[misc]  # mypy infers no default of a lambda


def due(engine: Engine) -> list[tuple[int, int, str]]:
    """What a job would carry."""
    with engine.read() as session:
        rows = session.scalars(select(Timer).order_by(Timer.due_at)).all()
        return [(row.instance_id, row.task_id, row.due_at.isoformat()) for row in rows]


def open_cases(engine: Engine) -> list[str]:
    """The cases whose timer has fired."""
    with engine.read() as session:
        assert verify(session).bad == []
        return sorted(session.scalars(select(WorkItem.business_key).where(WorkItem.state == "open")))


def test_they_fire_in_due_order_and_in_one_transaction(
    engine: Engine, publish: Publish, clock: Clock, rung: list[str], database: Database
) -> None:
    opened(engine, publish)
    timers = due(engine)
    clock.advance(hours=2)
    commits: list[Any] = []
    event.listen(database, "commit", commits.append)
    TimerFirer(engine)(timers)
    assert rung == ["C5", "C4", "C3", "C2", "C1", "C0"]
    assert len(commits) == 1
    assert open_cases(engine) == [f"C{number}" for number in range(CASES)]
    assert due(engine) == []


def test_fired_twice_they_have_fired_once(engine: Engine, publish: Publish, clock: Clock, rung: list[str]) -> None:
    opened(engine, publish)
    timers = due(engine)
    clock.advance(hours=2)
    TimerFirer(engine)(timers)
    TimerFirer(engine)(timers)
    assert len(rung) == CASES


def test_histories_of_different_cases_know_nothing_of_each_other(engine: Engine, publish: Publish, clock: Clock, rung: list[str]) -> None:
    opened(engine, publish)
    timers = due(engine)
    clock.advance(hours=2)
    TimerFirer(engine)(timers)
    assert rung
    with engine.read() as session:
        rows = session.scalars(select(History.data).where(History.type == "timer")).all()
        assert [b"turns" in bytes(data) for data in rows] == [False] * CASES


def test_one_that_fails_leaves_one_incident_and_the_others_fire(engine: Engine, publish: Publish, clock: Clock, rung: list[str]) -> None:
    opened(engine, publish, fails=True)
    timers = due(engine)
    clock.advance(hours=2)
    TimerFirer(engine)(timers)
    assert open_cases(engine) == ["C0", "C1", "C2", "C4", "C5"]
    with engine.read() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.business_key, incident.element_id, incident.times) == ("C3", "ring", 1)
        assert [row.state for row in session.scalars(select(Timer))] in ([], [FAILED])


def test_each_timer_of_a_batch_may_set_off_as_much_as_one_alone(engine: Engine, publish: Publish, clock: Clock) -> None:
    body = (
        draw.start()
        + draw.catch("waiting", draw.timer("Duration", '"PT1H"'))
        + draw.throw("tell", "Go", '{"case_no": case_no}')
        + draw.end()
    )
    publish("tells", draw.document("tells", body, "begin>waiting; waiting>tell; tell>finish", messages="Go"))
    for number in range(MAX_HOPS + 5):
        case = f"C{number}"
        engine.transact(SYSTEM, lambda work, case=case: work.start("tells", case, {"case_no": case}))  # type: ignore[misc]  # mypy infers no default of a lambda
    timers = due(engine)
    clock.advance(hours=2)
    TimerFirer(engine)(timers)
    with engine.read() as session:
        assert session.scalars(select(Incident)).all() == []
    assert due(engine) == []
