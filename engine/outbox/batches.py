"""One action on a whole group of incidents, worked off in the background a handful at a time, with its progress."""

from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import BihuanError, Conflict, NotFound
from engine.jobs.port import JobQueue
from engine.outbox import settling
from engine.outbox.models import DONE, OPEN, RUNNING, Incident, IncidentBatch
from engine.runtime.engine import Engine
from engine.runtime.work import Work

SETTLE_INCIDENTS = "settle_incidents"
"""Kind of the job that works off a part of a batch: `{batch_id: int}`."""
PART = 50
"""Incidents that one job settles, each in a transaction of its own."""
STALLED = timedelta(minutes=10)
"""A batch that has not moved for so long is given up, and another may begin."""

log = structlog.get_logger(__name__)


class BatchRunning(Conflict):
    """这一组正在处理，请等它结束。 This group is being dealt with; wait for that to end."""

    code = "batch-running"


class NothingOpen(Conflict):
    """这一组已没有待处理的异常。 Nothing of this group is open any more."""

    code = "nothing-open"


def begin(work: Work, queue: JobQueue, group_key: str, action: str, reason: str) -> IncidentBatch:
    """Have an action done about every incident of a group that is open now. Raises `Invalid`, `BatchRunning` or `NothingOpen`."""
    settling.require_reason(action, reason)
    before = latest(work.session, group_key)
    if before is not None and before.state == RUNNING and work.now - before.moved_at < STALLED:
        raise BatchRunning
    total, last = work.session.execute(select(func.count(), func.max(Incident.id)).where(*_open(group_key))).one()
    if not total:
        raise NothingOpen
    batch = IncidentBatch(group_key=group_key, action=action, reason=reason.strip(), actor=work.actor.id, total=total, last=last)
    batch.created_at = batch.moved_at = work.now
    work.session.add(batch)
    work.session.flush()
    _continue(work.session, queue, batch)
    return batch


def get(session: Session, batch_id: int) -> IncidentBatch:
    """One batch. Raises `NotFound`."""
    batch = session.get(IncidentBatch, batch_id)
    if batch is None:
        raise NotFound("没有这批处理。 There is no such batch.")
    return batch


def latest(session: Session, group_key: str) -> IncidentBatch | None:
    """The newest batch of a group."""
    query = select(IncidentBatch).where(IncidentBatch.group_key == group_key).order_by(IncidentBatch.id.desc()).limit(1)
    return session.scalars(query).one_or_none()


class Settler:
    """Handler of the job kind `settle_incidents`. Killed in the middle, the part is gone through again: what is settled is no
    longer open, so nothing is done twice."""

    def __init__(self, engine: Engine, queue: JobQueue) -> None:
        self._engine = engine
        self._queue = queue

    def __call__(self, batch_id: int) -> None:
        """Settle the next part of a batch, and put the job for the one after it."""
        with self._engine.read() as session:
            batch = session.get(IncidentBatch, batch_id)
            if batch is None or batch.state != RUNNING:
                return
            part = self._part(session, batch)
        actor, settled, refused = Actor(batch.actor), 0, 0
        for incident_id in part:
            try:
                self._engine.transact(actor, partial(_settle, incident_id, batch))
                settled += 1
            except settling.AlreadyHandled:
                settled += 1
            except BihuanError as refusal:
                log.warning("incident not settled", incident=incident_id, action=batch.action, error=refusal.code)
                refused += 1
        self._engine.transact(actor, lambda work: self._note(work, batch_id, part, settled, refused))

    def _part(self, session: Session, batch: IncidentBatch) -> list[int]:
        query = select(Incident.id).where(*_open(batch.group_key), Incident.id > batch.cursor, Incident.id <= batch.last)
        return list(session.scalars(query.order_by(Incident.id).limit(PART)))

    def _note(self, work: Work, batch_id: int, part: list[int], settled: int, refused: int) -> None:
        batch = work.session.get_one(IncidentBatch, batch_id, with_for_update=True)
        batch.moved_at = work.now
        if part:
            batch.done, batch.failed, batch.cursor = batch.done + settled, batch.failed + refused, part[-1]
            _continue(work.session, self._queue, batch)
        else:
            batch.state, batch.ended_at = DONE, work.now


def _settle(incident_id: int, batch: IncidentBatch, work: Work) -> None:
    settling.settle(work, incident_id, batch.action, batch.reason)


def _open(group_key: str) -> tuple[ColumnElement[bool], ...]:
    return (Incident.group_key == group_key, Incident.state == OPEN)


def _continue(session: Session, queue: JobQueue, batch: IncidentBatch) -> None:
    queue.put(session, SETTLE_INCIDENTS, {"batch_id": batch.id}, key=f"incidents:{batch.id}:{batch.cursor}")
