"""BPMN signals across instances (信号广播): who waits when one is thrown gets a row of their own (docs/adr/0013)."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, literal, select, tuple_, update
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.definitions.starts import SIGNAL
from engine.instances.ids import new_id
from engine.instances.models import Instance
from engine.jobs.port import JobQueue
from engine.messages.models import FAILED, QUEUED, WAITING, SignalBroadcast, SignalReceipt, Subscription

RECEIVE_SIGNAL = "receive_signal"
"""Kind of the job by which one task receives a signal: `{broadcast_id: int, instance_id: int, task_id: int}`."""
KEPT = timedelta(hours=1)
"""How long a broadcast stays at least, received or not."""
_KEY = (SignalReceipt.broadcast_id, SignalReceipt.instance_id, SignalReceipt.task_id)


def spread(session: Session, signal: str, payload: Mapping[str, Any], actor: Actor, now: datetime, *, besides: Collection[int]) -> bool:
    """Note down every task that waits for a signal, but for those of the instances `besides`; whether there is any.

    One statement whatever their number: who waits now receives it, who comes later does not.
    """
    waiting = select(Subscription.instance_id).where(Subscription.message == f"{SIGNAL}{signal}", Subscription.correlation == "")
    if besides:
        waiting = waiting.where(Subscription.instance_id.not_in(list(besides)))
    if session.execute(waiting.limit(1)).first() is None:
        return False
    broadcast = SignalBroadcast(id=new_id(), signal=signal, payload=dict(payload), actor=actor.id, thrown_at=now)
    session.add(broadcast)
    session.flush()
    rows = (
        waiting.join(Instance, Instance.id == Subscription.instance_id)
        .add_columns(Subscription.task_id, Instance.business_key, literal(broadcast.id), literal(WAITING))
        .order_by(Subscription.instance_id, Subscription.task_id)
    )
    session.execute(insert(SignalReceipt).from_select(["instance_id", "task_id", "business_key", "broadcast_id", "state"], rows))
    return True


def dispatch(session: Session, queue: JobQueue, now: datetime, limit: int) -> int:
    """Put a job for each of up to `limit` receipts that wait, the oldest broadcast first, and mark it queued; answers how many."""
    rows = session.execute(
        select(*_KEY, SignalReceipt.business_key)
        .where(SignalReceipt.state == WAITING)
        .order_by(*_KEY)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for broadcast_id, instance_id, task_id, business_key in rows:
        args = {"broadcast_id": broadcast_id, "instance_id": instance_id, "task_id": task_id}
        key = f"signal:{broadcast_id}:{instance_id}:{task_id}"
        queue.put(session, RECEIVE_SIGNAL, args, case_id=business_key or None, key=key)
    if rows:
        taken = [(row.broadcast_id, row.instance_id, row.task_id) for row in rows]
        session.execute(update(SignalReceipt).where(tuple_(*_KEY).in_(taken)).values(state=QUEUED, queued_at=now))
    return len(rows)


def anything_waiting(connection: Connection) -> bool:
    """Whether `dispatch` would find something."""
    return connection.execute(select(SignalReceipt.instance_id).where(SignalReceipt.state == WAITING).limit(1)).first() is not None


def earliest(session: Session) -> datetime | None:
    """When the oldest signal was thrown that somebody has still to receive."""
    waiting = exists().where(SignalReceipt.broadcast_id == SignalBroadcast.id, SignalReceipt.state == WAITING)
    return session.scalar(select(func.min(SignalBroadcast.thrown_at)).where(waiting))


def requeue_orphans(session: Session, before: datetime) -> int:
    """Let receipts wait again whose job got lost: queued before a moment; answers how many."""
    lost = update(SignalReceipt).where(_lost(before)).values(state=WAITING, queued_at=None)
    return len(session.execute(lost.returning(SignalReceipt.task_id)).all())


def anything_orphaned(connection: Connection, before: datetime) -> bool:
    """Whether `requeue_orphans` would find something."""
    return connection.execute(select(SignalReceipt.instance_id).where(_lost(before)).limit(1)).first() is not None


def take(session: Session, broadcast_id: int, instance_id: int, task_id: int) -> SignalBroadcast | None:
    """Use up one task's receipt; its signal, or None when it was used up before."""
    mine = tuple_(*_KEY) == (broadcast_id, instance_id, task_id)
    taken = session.execute(delete(SignalReceipt).where(mine).returning(SignalReceipt.task_id)).first()
    return None if taken is None else session.get(SignalBroadcast, broadcast_id)


def hold(session: Session, broadcast_id: int, instance_id: int, task_id: int) -> None:
    """Set a receipt aside whose step failed, until `release`."""
    _move(session, (broadcast_id, instance_id, task_id), QUEUED, FAILED)


def release(session: Session, broadcast_id: int, instance_id: int, task_id: int) -> bool:
    """Have a receipt that was set aside received again; whether it is still there."""
    return _move(session, (broadcast_id, instance_id, task_id), FAILED, WAITING)


def received(connection: Connection, before: datetime, limit: int) -> list[int]:
    """Up to `limit` broadcasts of before a moment that everybody has received."""
    pending = exists().where(SignalReceipt.broadcast_id == SignalBroadcast.id)
    return list(connection.scalars(select(SignalBroadcast.id).where(SignalBroadcast.thrown_at < before, ~pending).limit(limit)))


def drop(session: Session, broadcast_ids: Collection[int]) -> None:
    """Delete broadcasts."""
    session.execute(delete(SignalBroadcast).where(SignalBroadcast.id.in_(list(broadcast_ids))))


def _move(session: Session, key: tuple[int, int, int], old: str, new: str) -> bool:
    mine = tuple_(*_KEY) == key
    moved = update(SignalReceipt).where(mine, SignalReceipt.state == old).values(state=new, queued_at=None)
    return session.execute(moved.returning(SignalReceipt.task_id)).first() is not None


def _lost(before: datetime) -> ColumnElement[bool]:
    return (SignalReceipt.state == QUEUED) & (SignalReceipt.queued_at < before)
