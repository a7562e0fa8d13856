"""From rows that have become due to jobs, and back when a job got lost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Integer, String, Table, bindparam, func, literal_column, select, update
from sqlalchemy.orm import Session

from engine import clock
from engine.db import Instant, tables, transaction
from engine.jobs.port import DELIVER, FIRE_TIMER, JobQueue
from engine.messages import signals
from engine.outbox.models import PENDING, Delivery
from engine.prepared import Prepared, together
from engine.timers.models import QUEUED, WAITING, Timer

BATCH = 200
"""Rows of a kind that one transaction turns into jobs."""
TIMERS_A_JOB = 32
"""Timers that one job fires, in one transaction when none of them fails: about 10 ms, so that nobody waits long behind it."""

TIMER, DELIVERY = tables(Timer, Delivery)
# written out in the statements, as the partial indexes have them
_WAITING, _QUEUED, *_PENDING = (literal_column(f"'{state}'", String()) for state in (WAITING, QUEUED, *PENDING))
_NOW, _MOST = bindparam("now", type_=Instant()), bindparam("most", type_=Integer())
_earlier = DELIVERY.alias("earlier")
_after_another = (
    select(_earlier.c.id)
    .where(
        _earlier.c.connector == DELIVERY.c.connector,
        _earlier.c.business_key == DELIVERY.c.business_key,
        _earlier.c.seq < DELIVERY.c.seq,
        _earlier.c.state.in_(_PENDING),
    )
    .exists()
)
_TIMER_KEY = (TIMER.c.instance_id, TIMER.c.task_id)
_TIMER_DUE = (TIMER.c.state == _WAITING, TIMER.c.due_at <= _NOW)
_DELIVERY_DUE = (DELIVERY.c.state == _WAITING, DELIVERY.c.due_at <= _NOW, ~_after_another)


def _taking(table: Table, due: Any, key: Any, returned: Any) -> Prepared:
    """Mark the rows that are `due` as queued, the earliest first (`due`'s own order) and no more than `most`."""
    found = due.limit(_MOST).with_for_update(skip_locked=True, of=table).cte("due")
    taken = update(table).where(*(column == found.c[column.name] for column in key))
    return Prepared(taken.values(state=QUEUED, queued_at=_NOW).returning(*returned))


_TAKE_TIMERS = _taking(
    TIMER, select(*_TIMER_KEY).where(*_TIMER_DUE).order_by(TIMER.c.due_at, *_TIMER_KEY), _TIMER_KEY, (*_TIMER_KEY, TIMER.c.due_at)
)
_TAKE_DELIVERIES = _taking(
    DELIVERY,
    select(DELIVERY.c.id).where(*_DELIVERY_DUE).order_by(DELIVERY.c.due_at, DELIVERY.c.seq),
    (DELIVERY.c.id,),
    (DELIVERY.c.id, DELIVERY.c.connector, DELIVERY.c.business_key, DELIVERY.c.due_at, DELIVERY.c.seq),
)
# in order: PostgreSQL, which does not know `now` when it plans, would look through the table for the one row that will do
_ANY_TIMER = Prepared(select(TIMER.c.task_id).where(*_TIMER_DUE).order_by(TIMER.c.due_at).limit(1))
_ANY_DELIVERY = Prepared(select(DELIVERY.c.seq).where(*_DELIVERY_DUE).order_by(DELIVERY.c.due_at).limit(1))
_NEXT_TIMER = Prepared(select(func.min(TIMER.c.due_at)).where(TIMER.c.state == _WAITING))
_NEXT_DELIVERY = Prepared(select(func.min(DELIVERY.c.due_at)).where(DELIVERY.c.state == _WAITING, ~_after_another))
_LOST = [(table.c.state == _QUEUED, table.c.queued_at < bindparam("before", type_=Instant())) for table in (TIMER, DELIVERY)]
_ANY_LOST = [Prepared(select(table.c.state).where(*lost).limit(1)) for table, lost in zip((TIMER, DELIVERY), _LOST, strict=True)]
_REQUEUE = [
    Prepared(update(table).where(*lost).values(state=WAITING, queued_at=None)) for table, lost in zip((TIMER, DELIVERY), _LOST, strict=True)
]


def dispatch_due(session: Session, queue: JobQueue, now: datetime, limit: int) -> int:
    """Put jobs for the waiting timers and deliveries that are due, in due order, and for signals to be received; mark the rows queued.

    At most `limit` of each; answers the largest of the counts, so less than `limit` means that nothing due is left.
    A delivery waits for an earlier one of the same connector and case. Several dispatchers may run on PostgreSQL.
    """
    session.flush()
    timers, deliveries = together(session.connection(), [(take, {"now": now, "most": limit}) for take in (_TAKE_TIMERS, _TAKE_DELIVERIES)])
    due = sorted(timers.rows, key=lambda row: (row.due_at, row.instance_id, row.task_id))
    for first in range(0, len(due), TIMERS_A_JOB):
        batch = due[first : first + TIMERS_A_JOB]
        queue.put(session, FIRE_TIMER, {"timers": [[row.instance_id, row.task_id, row.due_at.isoformat()] for row in batch]})
    for row in sorted(deliveries.rows, key=lambda row: (row.due_at, row.seq)):
        queue_delivery(session, queue, row.id, row.connector, row.business_key)
    return max(len(due), len(deliveries.rows), signals.dispatch(session, queue, now, limit))


def dispatch_all(database: Engine, queue: JobQueue, *, may: Callable[[Session], bool] = lambda _session: True) -> int:
    """Turn every row that is due now into a job, `BATCH` to a transaction, for as long as each transaction `may`; answers how many."""
    moment, total = clock.now(), 0
    with database.connect().execution_options(read_only=True) as connection:
        if not anything_due(connection, moment):
            return 0
    while True:
        with transaction(database) as session:
            if not may(session):
                return total
            count = dispatch_due(session, queue, moment, BATCH)
        total += count
        if count < BATCH:
            return total


def anything_due(connection: Connection, now: datetime) -> bool:
    """Whether `dispatch_due` would find something: three index look-ups, no lock."""
    answers = together(connection, [(_ANY_TIMER, {"now": now}), (_ANY_DELIVERY, {"now": now})])
    return any(answer.rows for answer in answers) or signals.anything_waiting(connection)


def next_due(session: Session) -> datetime | None:
    """When the next waiting row becomes due; a delivery that waits for an earlier one of its case does not count."""
    session.flush()
    answers = together(session.connection(), [(_NEXT_TIMER, {}), (_NEXT_DELIVERY, {})])
    found = [answer.rows[0][0] for answer in answers]
    return min((due for due in (*found, signals.earliest(session)) if due is not None), default=None)


def requeue_orphans(session: Session, now: datetime, older: timedelta) -> int:
    """Let rows wait again whose job got lost: queued for longer than `older`, which must exceed the slowest handler."""
    session.flush()
    answers = together(session.connection(), [(requeue, {"before": now - older}) for requeue in _REQUEUE])
    return sum(answer.touched for answer in answers) + signals.requeue_orphans(session, now - older)


def anything_orphaned(connection: Connection, now: datetime, older: timedelta) -> bool:
    """Whether `requeue_orphans` would find something."""
    answers = together(connection, [(lost, {"before": now - older}) for lost in _ANY_LOST])
    return any(answer.rows for answer in answers) or signals.anything_orphaned(connection, now - older)


def queue_delivery(session: Session, queue: JobQueue, delivery_id: str, connector: str, business_key: str) -> None:
    """Put the job of one delivery that the caller has marked queued; one runs at a time for each connector and case."""
    queue.put(session, DELIVER, {"delivery_id": delivery_id}, case_id=f"{connector}:{business_key}", key=f"delivery:{delivery_id}")
