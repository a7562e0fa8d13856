"""Due rows become jobs, and come back when a job got lost (E04, E17)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from engine.jobs.dispatch import TIMERS_A_JOB, anything_due, anything_orphaned, dispatch_due, next_due, requeue_orphans
from engine.outbox import services as outbox
from engine.outbox.models import Delivery
from engine.timers.models import QUEUED, WAITING, Timer
from tests.contract.jobs.adapters import Adapter, Queue
from tests.contract.jobs.recorder import PATIENCE, Timers

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def timer(instance_id: int, due_at: datetime, *, task_id: int = 1, case: str = "") -> Timer:
    return Timer(instance_id=instance_id, task_id=task_id, element_id="light", business_key=case or f"case-{instance_id}", due_at=due_at)


def timers(adapter: Adapter, session: Session) -> list[Any]:
    """The timers that the waiting jobs fire, in their order."""
    return [one for job in adapter.waiting(session) for one in job.args["timers"]]


def test_due_timers_become_jobs_in_due_order(queue: Queue, adapter: Adapter, session: Session) -> None:
    session.add_all([timer(1, NOON), timer(2, NOON - MINUTE), timer(3, NOON - 2 * MINUTE), timer(4, NOON + MINUTE)])
    assert dispatch_due(session, queue, NOON, 100) == 3
    assert [instance for instance, _task, _due in timers(adapter, session)] == [3, 2, 1]
    assert timers(adapter, session)[0] == [3, 1, "2026-03-02T03:58:00+00:00"]
    states = {row.instance_id: row.state for row in session.execute(select(Timer.instance_id, Timer.state))}
    assert states == {1: QUEUED, 2: QUEUED, 3: QUEUED, 4: WAITING}


def test_a_timer_is_dispatched_once(queue: Queue, session: Session) -> None:
    session.add(timer(1, NOON))
    assert dispatch_due(session, queue, NOON, 100) == 1
    assert dispatch_due(session, queue, NOON + MINUTE, 100) == 0


def test_a_batch_takes_the_oldest_first(queue: Queue, adapter: Adapter, session: Session) -> None:
    session.add_all([timer(number, NOON - number * MINUTE) for number in range(1, 6)])
    assert dispatch_due(session, queue, NOON, 2) == 2
    assert [instance for instance, _task, _due in timers(adapter, session)] == [5, 4]


def test_a_job_carries_a_few_timers_in_due_order_and_no_case(queue: Queue, adapter: Adapter, session: Session) -> None:
    count = TIMERS_A_JOB * 2 + 1
    session.add_all([timer(number, NOON - number * MINUTE) for number in range(count)])
    assert dispatch_due(session, queue, NOON, 100) == count
    jobs = adapter.waiting(session)
    assert [len(job.args["timers"]) for job in jobs] == [TIMERS_A_JOB, TIMERS_A_JOB, 1]
    assert {job.case_id for job in jobs} == {None}
    assert [instance for instance, _task, _due in timers(adapter, session)] == list(reversed(range(count)))


def test_deliveries_of_a_case_go_one_after_another(queue: Queue, adapter: Adapter, session: Session) -> None:
    first = outbox.put(session, "oa", "A", {"n": 1}, None, NOON)
    second = outbox.put(session, "oa", "A", {"n": 2}, None, NOON)
    other_connector = outbox.put(session, "sms", "A", {"n": 3}, None, NOON)
    other_case = outbox.put(session, "oa", "B", {"n": 4}, None, NOON)
    dispatch_due(session, queue, NOON, 100)
    assert [job.args["delivery_id"] for job in adapter.waiting(session)] == [first, other_connector, other_case]
    session.get_one(Delivery, first).state = "done"
    assert dispatch_due(session, queue, NOON, 100) == 1
    assert adapter.waiting(session)[-1].args["delivery_id"] == second


def test_the_next_due_row_is_one_that_can_be_dispatched(session: Session) -> None:
    assert next_due(session) is None
    session.add(timer(1, NOON + 2 * MINUTE))
    first = outbox.put(session, "oa", "A", {}, None, NOON)
    outbox.put(session, "oa", "A", {}, None, NOON)
    session.get_one(Delivery, first).due_at = NOON + 3 * MINUTE
    session.flush()
    assert next_due(session) == NOON + 2 * MINUTE, "the second delivery is due but has to wait for the first"


def test_an_empty_tick_only_reads(queue: Queue, database: Engine, sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        session.add(timer(1, datetime(2100, 1, 1, tzinfo=UTC)))
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda c, cursor, statement, *rest: statements.append(statement))
    assert queue.dispatch() == 0
    assert len([statement for statement in statements if statement.startswith("SELECT")]) <= 3, "one look-up for each kind of row"
    assert not [statement for statement in statements if "IMMEDIATE" in statement or statement.startswith(("UPDATE", "INSERT"))]


def test_a_row_whose_job_got_lost_waits_again(queue: Queue, adapter: Adapter, session: Session) -> None:
    session.add(timer(1, NOON))
    outbox.put(session, "oa", "A", {}, None, NOON)
    dispatch_due(session, queue, NOON, 100)
    adapter.lose(session)
    assert requeue_orphans(session, NOON + MINUTE, 2 * MINUTE) == 0, "their jobs may still run"
    connection = session.connection()
    assert not anything_orphaned(connection, NOON + MINUTE, 2 * MINUTE)
    assert anything_orphaned(connection, NOON + 3 * MINUTE, 2 * MINUTE)
    assert requeue_orphans(session, NOON + 3 * MINUTE, 2 * MINUTE) == 2
    assert anything_due(connection, NOON + 3 * MINUTE)
    assert dispatch_due(session, queue, NOON + 3 * MINUTE, 100) == 1
    assert len(adapter.waiting(session)) == 2


def test_what_came_due_while_the_process_was_down_fires_in_due_order(queue: Queue, sessions: sessionmaker[Session]) -> None:
    count = 25
    with sessions.begin() as session:
        session.add_all([timer(number, NOON - number * MINUTE, case=f"case-{number % 3}") for number in range(count)])
    fired = Timers()
    queue.start({"fire_timer": fired, "deliver": lambda **args: None})
    assert [call["instance_id"] for call in fired.until(count)] == list(reversed(range(count)))
    assert queue.wait_idle(PATIENCE)


def test_the_runner_itself_sweeps_for_orphans(queue: Queue, sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        lost = timer(7, NOON)
        lost.state, lost.queued_at = QUEUED, NOON
        session.add(lost)
    fired = Timers()
    queue.start({"fire_timer": fired})
    assert fired.until(1)[0]["instance_id"] == 7


@pytest.mark.parametrize("adapter", ["embedded-postgresql", "cluster-postgresql"], indirect=True)
def test_two_dispatchers_never_take_the_same_row(queue: Queue, adapter: Adapter, sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        session.add_all([timer(1, NOON), timer(2, NOON)])
        outbox.put(session, "oa", "A", {}, None, NOON)
    with sessions.begin() as first, sessions.begin() as second:
        assert dispatch_due(first, queue, NOON, 1) == 1
        assert dispatch_due(second, queue, NOON, 100) == 1
    with sessions() as session:
        assert len(adapter.waiting(session)) == 3
