"""The background work by kind of job: what the embedded queue, a worker and the test clock all run."""

from collections.abc import Mapping

from sqlalchemy import Engine as Database

from engine.jobs.port import DELIVER, FIRE_TIMER, Handler, JobQueue
from engine.outbox.deliver import Deliverer
from engine.runtime.engine import Engine
from engine.timers.firing import TimerFirer


def handlers_for(engine: Engine, database: Database, queue: JobQueue) -> Mapping[str, Handler]:
    """The handlers; `queue` takes the jobs that follow from a delivery."""
    return {FIRE_TIMER: TimerFirer(engine), DELIVER: Deliverer(database, queue, engine.registry.senders)}
