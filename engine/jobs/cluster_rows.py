"""The few statements of ours on procrastinate's tables: is anything left, take up what a dead worker was doing."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Connection, bindparam, select, text
from sqlalchemy.orm import Session

from engine.jobs.locks import embedded_runner_lives
from engine.jobs.models import DOING, TODO, Job
from engine.jobs.port import JobQueue

_UNFINISHED = text("select exists (select from procrastinate_jobs where status in ('todo', 'doing'))")
_PRUNE = text("delete from procrastinate_workers where last_heartbeat < now() - make_interval(secs => :age)")
# locked and checked in one statement, so that of two sweepers one takes a job and none takes one that runs again
_LEFT = text(
    "select job.id from procrastinate_jobs as job where job.status = 'doing'"
    " and not exists (select from procrastinate_workers as worker where worker.id = job.worker_id)"
    " order by job.id for update of job skip locked"
)
_IDS = bindparam("ids", type_=ARRAY(BigInteger))
_REPLACED = text(
    "delete from procrastinate_jobs as job where job.id = any(:ids) and exists"
    " (select from procrastinate_jobs as twin where twin.queueing_lock = job.queueing_lock and twin.status = 'todo')"
).bindparams(_IDS)
_AGAIN = text(
    "update procrastinate_jobs set status = 'todo', attempts = attempts + 1, scheduled_at = null, worker_id = null where id = any(:ids)"
).bindparams(_IDS)


def unfinished(connection: Connection) -> bool:
    """Whether any job waits or runs in any process."""
    return bool(connection.execute(_UNFINISHED).scalar())


def take_up_again(session: Session, age: timedelta) -> int:
    """Let the jobs wait again whose worker has not been heard of for `age`, or is gone; answers how many.

    One that a newer job with the same key has replaced meanwhile goes.
    """
    session.execute(_PRUNE, {"age": age.total_seconds()})
    left: list[Any] = list(session.scalars(_LEFT))
    if not left:
        return 0
    session.execute(_REPLACED, {"ids": left})
    session.execute(_AGAIN, {"ids": left})
    return len(left)


def adopt(session: Session, queue: JobQueue) -> int:
    """Put the jobs into `queue` that an embedded runner left in its own table when it stood by; answers how many."""
    jobs = session.scalars(select(Job).where(Job.state.in_((TODO, DOING))).order_by(Job.id).with_for_update(skip_locked=True)).all()
    if not jobs or embedded_runner_lives(session.connection()):
        return 0
    for job in jobs:
        queue.put(session, job.kind, job.args, case_id=job.case_id, key=job.key)
        session.delete(job)
    return len(jobs)
