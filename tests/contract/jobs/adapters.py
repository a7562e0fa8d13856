"""The adapters under the contract, and what a test may see of each one's table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import Any, Protocol

from sqlalchemy import Engine, delete, select, text
from sqlalchemy.orm import Session

from engine.jobs.claims import Retry
from engine.jobs.cluster import ClusterQueue
from engine.jobs.cluster_lanes import Pace
from engine.jobs.local import LocalQueue
from engine.jobs.models import DEAD, TODO, Job
from engine.jobs.port import JobQueue
from tests.fixtures.databases import POSTGRESQL, SQLITE

RETRY = Retry(attempts=3, pause=timedelta(0))
QUICK = Pace(
    tick=timedelta(seconds=0.05),
    sweep=timedelta(seconds=0.1),
    upkeep=timedelta(seconds=0.1),
    poll=timedelta(seconds=0.02),
    heartbeat=timedelta(seconds=0.3),
    dead=timedelta(seconds=3),
    again=timedelta(seconds=0.05),
    last_wait=timedelta(seconds=2),
)


class Queue(JobQueue, Protocol):
    """What every adapter has beside the port, for the product's start and for tests."""

    active: Event

    def dispatch(self) -> int:
        """Turn every due row into a job."""

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no job waits or runs."""


@dataclass(frozen=True)
class Waiting:
    """A job that waits."""

    kind: str
    args: Mapping[str, Any]
    case_id: str | None
    key: str | None


@dataclass(frozen=True)
class Adapter:
    """One way to run jobs on one kind of database."""

    name: str
    dialect: str
    make: Callable[[Engine], Queue]
    waiting: Callable[[Session], list[Waiting]]
    dead: Callable[[Session], list[int]]
    """The attempts of each job that was given up."""
    lose: Callable[[Session], None]
    """Remove all jobs, as if they had got lost."""

    def __str__(self) -> str:
        return self.name


def _embedded(database: Engine) -> Queue:
    return LocalQueue(database, retry=RETRY, tick=QUICK.tick, sweep=QUICK.sweep)


def _embedded_waiting(session: Session) -> list[Waiting]:
    jobs = session.scalars(select(Job).where(Job.state == TODO).order_by(Job.id))
    return [Waiting(job.kind, job.args, job.case_id, job.key) for job in jobs]


def _embedded_dead(session: Session) -> list[int]:
    return list(session.scalars(select(Job.attempts).where(Job.state == DEAD)))


def _cluster(database: Engine) -> Queue:
    return ClusterQueue(database, retry=RETRY, pace=QUICK)


def _cluster_waiting(session: Session) -> list[Waiting]:
    query = "select task_name, args, lock, queueing_lock from procrastinate_jobs where status = 'todo' order by priority desc, id"
    return [Waiting(kind, args, lock and lock.removeprefix("case:"), key) for kind, args, lock, key in session.execute(text(query))]


def _cluster_dead(session: Session) -> list[int]:
    return list(session.scalars(text("select attempts from procrastinate_jobs where status = 'failed'")))


def _embedded_lose(session: Session) -> None:
    session.execute(delete(Job))


def _cluster_lose(session: Session) -> None:
    session.execute(text("delete from procrastinate_jobs"))


ADAPTERS = {
    adapter.name: adapter
    for adapter in (
        Adapter("embedded-sqlite", SQLITE, _embedded, _embedded_waiting, _embedded_dead, _embedded_lose),
        Adapter("embedded-postgresql", POSTGRESQL, _embedded, _embedded_waiting, _embedded_dead, _embedded_lose),
        Adapter("cluster-postgresql", POSTGRESQL, _cluster, _cluster_waiting, _cluster_dead, _cluster_lose),
    )
}
