"""The job handler by which one task receives a signal."""

from sqlalchemy import select

from engine.actor import SYSTEM, Actor
from engine.errors import StepFailed
from engine.messages import signals
from engine.messages.models import SignalBroadcast
from engine.runtime.engine import Engine


class SignalReceiver:
    """Handler of the job kind `receive_signal`: one task, one transaction, so that one that fails holds up nobody else.

    A task that no longer waits is left alone; one whose step fails leaves an incident and waits until somebody retries that.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, broadcast_id: int, instance_id: int, task_id: int) -> None:
        """Hand the signal to the task, in the name of whoever threw it."""
        try:
            self._engine.transact(self._thrower(broadcast_id), lambda work: work.receive(broadcast_id, instance_id, task_id))
        except StepFailed:
            self._engine.transact(SYSTEM, lambda work: signals.hold(work.session, broadcast_id, instance_id, task_id))

    def _thrower(self, broadcast_id: int) -> Actor:
        with self._engine.read() as session:
            thrower = session.scalar(select(SignalBroadcast.actor).where(SignalBroadcast.id == broadcast_id))
        return SYSTEM if thrower in (None, SYSTEM.id) else Actor(thrower)
