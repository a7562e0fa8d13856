"""The job handler that fires one timer, and periodic work that hangs on no instance."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import SYSTEM
from engine.errors import StepFailed, VersionConflict
from engine.outbox.origin import Origin
from engine.runtime import repairs
from engine.runtime.engine import Engine
from engine.runtime.live import UnreadableState
from engine.runtime.work import Work
from engine.timers.models import FAILED, WAITING, Timer
from engine.timers.periodic import NO_INSTANCE, move_on


class TimerFirer:
    """Handler of the job kind `fire_timer`: a few timers in due order. One that was fired or cancelled meanwhile is left alone; one
    whose step fails leaves an incident and is set aside until somebody retries that, so that it holds up nobody who acts on
    the case; periodic work tries again at its next moment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, timers: Sequence[tuple[int, int, str]]) -> None:
        """Fire timers (instance, task, ISO due time) in one transaction, or one by one when a step fails."""
        due = [(instance_id, task_id, datetime.fromisoformat(moment)) for instance_id, task_id, moment in timers]
        if len(due) > 1 and all(instance_id != NO_INSTANCE for instance_id, _task_id, _moment in due) and self._fire_together(due):
            return
        for instance_id, task_id, moment in due:
            self._fire_alone(instance_id, task_id, moment)

    def _fire_together(self, timers: Sequence[tuple[int, int, datetime]]) -> bool:
        def command(work: Work) -> None:
            work.expect([instance_id for instance_id, _task_id, _due in timers])
            for timer in timers:
                _fire(work, *timer)

        try:
            self._engine.transact(SYSTEM, command, reported=False)
        except (SQLAlchemyError, VersionConflict):
            raise  # the database's trouble is no incident: the job is tried again
        except Exception:  # which of them it was, and what to do about it, shows when each is fired on its own
            return False
        return True

    def _fire_alone(self, instance_id: int, task_id: int, due: datetime) -> None:
        try:
            if instance_id == NO_INSTANCE:
                self._engine.transact(SYSTEM, lambda work: _start_periodic(work, task_id, due))
            else:
                self._engine.transact(SYSTEM, lambda work: _fire(work, instance_id, task_id, due))
        except (SQLAlchemyError, VersionConflict):
            raise  # the database's trouble is no incident: the job is tried again
        except Exception as failure:  # whatever a step raises, the timer must not come back for ever
            self._set_aside(instance_id, task_id, _accounted(self._engine, failure, instance_id, task_id))

    def _set_aside(self, instance_id: int, task_id: int, failure: StepFailed) -> None:
        if instance_id == NO_INSTANCE:
            self._engine.transact(SYSTEM, lambda work: _next_time(work.session, task_id))
            return
        origin = failure.origin
        # another overdue timer, of an instance this one reached, may have stood in its way
        culprit: tuple[int, int] = (origin.instance_id, origin.task_id) if origin.kind == "timer" else (instance_id, task_id)
        why = {"incident": failure.details["incident"]}
        if isinstance(failure, UnreadableState):
            # such an instance can keep no mark in its state, so only the timer's row is set aside
            self._engine.transact(SYSTEM, lambda work: _mark(work.session, *culprit, FAILED))
        else:
            self._engine.transact(SYSTEM, lambda work: repairs.set_aside(work, *culprit, why))
        if culprit != (instance_id, task_id):
            self._engine.transact(SYSTEM, lambda work: _mark(work.session, instance_id, task_id, WAITING))


def _fire(work: Work, instance_id: int, task_id: int, due: datetime) -> None:
    if not work.fire(instance_id, task_id):
        # the instance no longer waits for it: a row left behind must not come back for ever
        stale = (Timer.instance_id == instance_id, Timer.task_id == task_id, Timer.due_at == due)
        work.session.execute(delete(Timer).where(*stale))


def _start_periodic(work: Work, task_id: int, due: datetime) -> None:
    work.origin = Origin("periodic", NO_INSTANCE, task_id)
    row = work.session.scalars(select(Timer).where(Timer.instance_id == NO_INSTANCE, Timer.task_id == task_id)).one_or_none()
    if row is None or row.due_at != due or row.process_key is None:
        return
    process_key = row.process_key
    move_on(work.session, row, work.now)
    work.start(process_key, "", {"due": due.isoformat()})


def _accounted(engine: Engine, failure: Exception, instance_id: int, task_id: int) -> StepFailed:
    """A failure with its incident: that of a step has one already, whatever else went wrong gets it here."""
    if isinstance(failure, StepFailed) and "incident" in failure.details:
        return failure
    step = StepFailed(instance_id=instance_id or None)
    step.__cause__ = failure
    return engine.report(step, Origin("timer" if instance_id else "periodic", instance_id, task_id))


def _mark(session: Session, instance_id: int, task_id: int, state: str) -> None:
    row = session.get(Timer, (instance_id, task_id))
    if row is not None:
        row.state, row.queued_at = state, None


def _next_time(session: Session, task_id: int) -> None:
    row = session.get(Timer, (NO_INSTANCE, task_id))
    if row is not None:
        move_on(session, row, clock.now())
