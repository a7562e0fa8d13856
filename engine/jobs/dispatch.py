"""From rows that have become due to jobs, and back when a job got lost."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from engine.db import to_micros
from engine.jobs.port import DELIVER, FIRE_TIMER, JobQueue
from engine.outbox.models import PENDING, Delivery
from engine.timers.models import QUEUED, WAITING, Timer

_earlier = aliased(Delivery)
_after_another = (
    select(_earlier.id)
    .where(
        _earlier.connector == Delivery.connector,
        _earlier.business_key == Delivery.business_key,
        _earlier.seq < Delivery.seq,
        _earlier.state.in_(PENDING),
    )
    .exists()
)


def dispatch_due(session: Session, queue: JobQueue, now: datetime, limit: int) -> int:
    """Put a job for each waiting timer and delivery that is due, in due order, and mark the row queued.

    At most `limit` of each; answers the larger of the two counts, so less than `limit` means that nothing due is left.
    A delivery waits for an earlier one of the same connector and case. Several dispatchers may run on PostgreSQL.
    """
    return max(_dispatch_timers(session, queue, now, limit), _dispatch_deliveries(session, queue, now, limit))


def anything_due(connection: Connection, now: datetime) -> bool:
    """Whether `dispatch_due` would find something: two index look-ups, no lock."""
    timer = select(Timer.instance_id).where(_timer_due(now)).limit(1)
    delivery = select(Delivery.id).where(_delivery_due(now)).limit(1)
    return connection.execute(timer).first() is not None or connection.execute(delivery).first() is not None


def next_due(session: Session) -> datetime | None:
    """When the next waiting row becomes due; a delivery that waits for an earlier one of its case does not count."""
    timer = session.scalar(select(func.min(Timer.due_at)).where(Timer.state == WAITING))
    delivery = session.scalar(select(func.min(Delivery.due_at)).where(Delivery.state == WAITING, ~_after_another))
    return min((due for due in (timer, delivery) if due is not None), default=None)


def requeue_orphans(session: Session, now: datetime, older: timedelta) -> int:
    """Let rows wait again whose job got lost: queued for longer than `older`, which must exceed the slowest handler."""
    timers = session.execute(
        update(Timer)
        .where(Timer.state == QUEUED, Timer.queued_at < now - older)
        .values(state=WAITING, queued_at=None)
        .returning(Timer.task_id)
    ).all()
    deliveries = session.execute(
        update(Delivery)
        .where(Delivery.state == QUEUED, Delivery.queued_at < now - older)
        .values(state=WAITING, queued_at=None)
        .returning(Delivery.seq)
    ).all()
    return len(timers) + len(deliveries)


def anything_orphaned(connection: Connection, now: datetime, older: timedelta) -> bool:
    """Whether `requeue_orphans` would find something."""
    timer = select(Timer.instance_id).where(Timer.state == QUEUED, Timer.queued_at < now - older).limit(1)
    delivery = select(Delivery.id).where(Delivery.state == QUEUED, Delivery.queued_at < now - older).limit(1)
    return connection.execute(timer).first() is not None or connection.execute(delivery).first() is not None


def queue_delivery(session: Session, queue: JobQueue, delivery_id: str, connector: str, business_key: str) -> None:
    """Put the job of one delivery that the caller has marked queued; one runs at a time for each connector and case."""
    queue.put(session, DELIVER, {"delivery_id": delivery_id}, case_id=f"{connector}:{business_key}", key=f"delivery:{delivery_id}")


def _dispatch_timers(session: Session, queue: JobQueue, now: datetime, limit: int) -> int:
    key = (Timer.instance_id, Timer.task_id)
    rows = session.execute(
        select(*key, Timer.business_key, Timer.due_at)
        .where(_timer_due(now))
        .order_by(Timer.due_at, *key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for instance_id, task_id, business_key, due_at in rows:
        args = {"instance_id": instance_id, "task_id": task_id, "due_at": due_at.isoformat()}
        queue.put(session, FIRE_TIMER, args, case_id=business_key or None, key=f"timer:{instance_id}:{task_id}:{to_micros(due_at)}")
    if rows:
        taken = [(row.instance_id, row.task_id) for row in rows]
        session.execute(update(Timer).where(tuple_(*key).in_(taken)).values(state=QUEUED, queued_at=now))
    return len(rows)


def _dispatch_deliveries(session: Session, queue: JobQueue, now: datetime, limit: int) -> int:
    rows = session.execute(
        select(Delivery.id, Delivery.connector, Delivery.business_key)
        .where(_delivery_due(now))
        .order_by(Delivery.due_at, Delivery.seq)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Delivery)
    ).all()
    for delivery_id, connector, business_key in rows:
        queue_delivery(session, queue, delivery_id, connector, business_key)
    if rows:
        session.execute(update(Delivery).where(Delivery.id.in_([row.id for row in rows])).values(state=QUEUED, queued_at=now))
    return len(rows)


def _timer_due(now: datetime) -> ColumnElement[bool]:
    return and_(Timer.state == WAITING, Timer.due_at <= now)


def _delivery_due(now: datetime) -> ColumnElement[bool]:
    return and_(Delivery.state == WAITING, Delivery.due_at <= now, ~_after_another)
