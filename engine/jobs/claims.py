"""The SQL of the embedded queue: what is ready, take it, settle it, take up again what a dead runner left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, delete, select, update
from sqlalchemy.orm import Session, aliased

from engine.db import Instant, tables
from engine.jobs.models import DEAD, DOING, TODO, Job
from engine.prepared import Prepared, together

(JOB,) = tables(Job)
_running = JOB.alias("running")
_TAKEABLE = (
    JOB.c.kind == bindparam("kind"),
    JOB.c.state == TODO,
    JOB.c.ready_at <= bindparam("now", type_=Instant()),
    ~select(_running.c.id).where(_running.c.case_id == JOB.c.case_id, _running.c.state == DOING).exists(),
)
_ANY_READY = Prepared(select(JOB.c.id).where(*_TAKEABLE).limit(1))
_READY = Prepared(
    select(JOB.c.id, JOB.c.kind, JOB.c.args, JOB.c.case_id, JOB.c.attempts)
    .where(*_TAKEABLE)
    .order_by(JOB.c.id)
    .limit(bindparam("most", type_=Integer()))
)
_MINE = (JOB.c.id == bindparam("job"), JOB.c.attempts == bindparam("before"))
_TAKE = Prepared(update(JOB).where(*_MINE, JOB.c.state == TODO).values(state=DOING, attempts=JOB.c.attempts + 1, error=None))
_DONE = Prepared(delete(JOB).where(*_MINE, JOB.c.state == DOING))


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this runner has taken; `attempts` counts this one and fences off a runner that was thought dead. `begun` is
    what its handler made of it when it was taken, if that works in stages."""

    id: int
    kind: str
    args: Mapping[str, Any]
    case_id: str | None
    attempts: int
    begun: Any = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a claimed job ended; `error` is None when it did its work, `result` what a handler in stages made of it."""

    claim: Claim
    error: str | None
    result: Any = None


@dataclass(frozen=True, slots=True)
class Retry:
    """After the n-th failure a job waits n² times `pause`; after `attempts` failures it is dead."""

    attempts: int = 5
    pause: timedelta = timedelta(seconds=1)


def anything_ready(connection: Connection, kinds: Sequence[str], now: datetime) -> bool:
    """Whether a job of these kinds may be taken; one round trip, for the idle runner."""
    return any(answer.rows for answer in together(connection, [(_ANY_READY, {"kind": kind, "now": now}) for kind in kinds]))


def unfinished(connection: Connection) -> bool:
    """Whether any job waits or runs."""
    return connection.execute(select(Job.id).where(Job.state.in_((TODO, DOING))).limit(1)).first() is not None


def claim(session: Session, rooms: Mapping[str, int], now: datetime) -> list[Claim]:
    """Take up to `rooms[kind]` ready jobs of each kind, oldest first, at most one for each case."""
    session.flush()
    free = {kind: room for kind, room in rooms.items() if room}
    # A case with many jobs must not hide the others behind it, so look a little further than there is room.
    answers = together(session.connection(), [(_READY, {"kind": kind, "now": now, "most": room * 8}) for kind, room in free.items()])
    claims: list[Claim] = []
    cases: set[str] = set()
    for room, answer in zip(free.values(), answers, strict=True):
        taken = 0
        for job in answer.rows:
            if taken < room and job.case_id not in cases:
                claims.append(Claim(job.id, job.kind, job.args, job.case_id, job.attempts + 1))
                taken += 1
                if job.case_id is not None:
                    cases.add(job.case_id)
    taking = together(session.connection(), [(_TAKE, {"job": each.id, "before": each.attempts - 1}) for each in claims])
    return [each for each, answer in zip(claims, taking, strict=True) if answer.touched]


def settle(session: Session, outcomes: Sequence[Outcome], retry: Retry, now: datetime) -> None:
    """Delete the jobs that did their work; the others wait for another attempt, or are dead."""
    done = [outcome.claim for outcome in outcomes if outcome.error is None]
    _DONE.many(session.connection(), [{"job": job.id, "before": job.attempts} for job in done])
    for outcome in outcomes:
        if outcome.error is None:
            continue
        job = outcome.claim
        mine = (Job.id == job.id, Job.state == DOING, Job.attempts == job.attempts)
        dead = job.attempts >= retry.attempts
        # A newer job with the same key takes the failed one's place: two may not wait (`ix_job_key_todo`).
        twin = aliased(Job)
        replaced = select(twin.id).where(twin.key == Job.key, twin.state == TODO).exists()
        if not dead:
            session.execute(delete(Job).where(*mine, replaced))
        state, ready_at = (DEAD, now) if dead else (TODO, now + retry.pause * job.attempts**2)
        session.execute(update(Job).where(*mine).values(state=state, ready_at=ready_at, error=outcome.error))


def take_up_again(session: Session) -> int:
    """Give back what a runner that died was doing; only the one runner of the database may call it."""
    twin = aliased(Job)
    replaced = select(twin.id).where(twin.key == Job.key, twin.state == TODO).exists()
    session.execute(delete(Job).where(Job.state == DOING, replaced))
    jobs = session.scalars(select(Job).where(Job.state == DOING)).all()
    for job in jobs:
        job.state = TODO
    return len(jobs)
