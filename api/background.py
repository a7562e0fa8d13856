"""The background work by kind of job: what the embedded queue, a worker and the test clock all run."""

from collections.abc import Mapping

from sqlalchemy import Engine as Database

from api.watching import Tracer, watched
from engine.jobs.port import DELIVER, FIRE_TIMER, Handler, JobQueue
from engine.messages.receiving import SignalReceiver
from engine.messages.signals import RECEIVE_SIGNAL
from engine.outbox.batches import SETTLE_INCIDENTS, Settler
from engine.outbox.deliver import Deliverer
from engine.runtime.engine import Engine
from engine.timers.firing import TimerFirer


def handlers_for(engine: Engine, database: Database, queue: JobQueue, tracer: Tracer | None = None) -> Mapping[str, Handler]:
    """The handlers; `queue` takes the jobs that follow from a delivery, or from a part of a batch."""
    handlers: dict[str, Handler] = {
        FIRE_TIMER: TimerFirer(engine),
        DELIVER: Deliverer(database, queue, engine.registry.senders),
        RECEIVE_SIGNAL: SignalReceiver(engine),
        SETTLE_INCIDENTS: Settler(engine, queue),
    }
    return {kind: watched(kind, handler, tracer) for kind, handler in handlers.items()}
