"""The SQL of the embedded queue: what is ready, take it, settle it, take up again what a dead runner left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Integer, bindparam, delete, select, update
from sqlalchemy.orm import Session, aliased

from engine.db import Instant
from engine.jobs.models import DEAD, DOING, TODO, Job

_running = aliased(Job)
_TAKEABLE = (
    Job.state == TODO,
    Job.ready_at <= bindparam("now", type_=Instant()),
    ~select(_running.id).where(_running.case_id == Job.case_id, _running.state == DOING).exists(),
)
# built once: building them costs a busy runner more than asking
_ANY_READY = select(Job.id).where(Job.kind.in_(bindparam("kinds", expanding=True)), *_TAKEABLE).limit(1)
_READY = (
    select(Job.id, Job.kind, Job.args, Job.case_id, Job.attempts)
    .where(Job.kind == bindparam("kind"), *_TAKEABLE)
    .order_by(Job.id)
    .limit(bindparam("most", type_=Integer()))
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this runner has taken; `attempts` counts this one and fences off a runner that was thought dead."""

    id: int
    kind: str
    args: Mapping[str, Any]
    case_id: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a claimed job ended; `error` is None when it did its work."""

    claim: Claim
    error: str | None


@dataclass(frozen=True, slots=True)
class Retry:
    """After the n-th failure a job waits n² times `pause`; after `attempts` failures it is dead."""

    attempts: int = 5
    pause: timedelta = timedelta(seconds=1)


def anything_ready(connection: Connection, kinds: Sequence[str], now: datetime) -> bool:
    """Whether a job of these kinds may be taken; one read, for the idle runner."""
    return connection.execute(_ANY_READY, {"kinds": list(kinds), "now": now}).first() is not None


def unfinished(connection: Connection) -> bool:
    """Whether any job waits or runs."""
    return connection.execute(select(Job.id).where(Job.state.in_((TODO, DOING))).limit(1)).first() is not None


def claim(session: Session, rooms: Mapping[str, int], now: datetime) -> list[Claim]:
    """Take up to `rooms[kind]` ready jobs of each kind, oldest first, at most one for each case."""
    claims: list[Claim] = []
    cases: set[str] = set()
    for kind, room in rooms.items():
        taken = 0
        # A case with many jobs must not hide the others behind it, so look a little further than there is room.
        rows = session.connection().execute(_READY, {"kind": kind, "now": now, "most": room * 8}) if room else ()
        for job in rows:
            if taken < room and job.case_id not in cases:
                claims.append(Claim(job.id, job.kind, job.args, job.case_id, job.attempts + 1))
                taken += 1
                if job.case_id is not None:
                    cases.add(job.case_id)
    if claims:
        taken_ids = [each.id for each in claims]
        session.execute(update(Job).where(Job.id.in_(taken_ids)).values(state=DOING, attempts=Job.attempts + 1, error=None))
    return claims


def settle(session: Session, outcomes: Sequence[Outcome], retry: Retry, now: datetime) -> None:
    """Delete the jobs that did their work; the others wait for another attempt, or are dead."""
    for outcome in outcomes:
        job = outcome.claim
        mine = (Job.id == job.id, Job.state == DOING, Job.attempts == job.attempts)
        if outcome.error is None:
            session.execute(delete(Job).where(*mine))
            continue
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
