"""The job handler that fires one timer, and periodic work that hangs on no instance."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import SYSTEM
from engine.errors import StepFailed
from engine.runtime.engine import Engine
from engine.runtime.work import Work
from engine.timers.models import FAILED, WAITING, Timer
from engine.timers.periodic import NO_INSTANCE, next_due


class TimerFirer:
    """Handler of the job kind `fire_timer`. A timer that was fired or cancelled meanwhile is left alone; one whose step
    fails leaves an incident and waits until somebody retries that; periodic work tries again at its next moment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, instance_id: int, task_id: int, due_at: str) -> None:
        """Fire the timer of a task; with instance 0 start the periodic work of that row."""
        try:
            if instance_id == NO_INSTANCE:
                self._engine.transact(SYSTEM, lambda work: _start_periodic(work, task_id, datetime.fromisoformat(due_at)))
            else:
                self._engine.transact(SYSTEM, lambda work: _fire(work, instance_id, task_id, datetime.fromisoformat(due_at)))
        except StepFailed:
            self._engine.transact(SYSTEM, lambda work: _set_aside(work.session, instance_id, task_id))


def _fire(work: Work, instance_id: int, task_id: int, due: datetime) -> None:
    if not work.fire(instance_id, task_id):
        # the instance no longer waits for it: a row left behind must not come back for ever
        stale = (Timer.instance_id == instance_id, Timer.task_id == task_id, Timer.due_at == due)
        work.session.execute(delete(Timer).where(*stale))


def _start_periodic(work: Work, task_id: int, due: datetime) -> None:
    row = work.session.scalars(select(Timer).where(Timer.instance_id == NO_INSTANCE, Timer.task_id == task_id)).one_or_none()
    if row is None or row.due_at != due or row.process_key is None or row.repeat is None:
        return
    row.state, row.queued_at = WAITING, None
    row.due_at = next_due(row.due_at, row.repeat, work.now)
    work.start(row.process_key, "", {"due": due.isoformat()})


def _set_aside(session: Session, instance_id: int, task_id: int) -> None:
    row = session.get(Timer, (instance_id, task_id))
    if row is None:
        return
    row.state, row.queued_at = FAILED, None
    if row.repeat is not None:
        row.state, row.due_at = WAITING, next_due(row.due_at, row.repeat, clock.now())
