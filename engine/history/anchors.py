"""Daily anchors: a digest over a day's rows and the anchor before, kept apart from the rows themselves."""

import hashlib
import heapq
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.history import archive
from engine.history.models import Anchor, History


def anchor_days(session: Session, now: datetime) -> list[str]:
    """Make the missing anchors of every full day (UTC) before today; answers the days anchored."""
    last = session.scalar(select(Anchor.day).order_by(Anchor.day.desc()).limit(1))
    first_at = session.scalar(select(History.at).order_by(History.at).limit(1))
    if first_at is None:
        return []
    day = date.fromisoformat(last) + timedelta(days=1) if last else first_at.date()
    made = []
    while day < now.astimezone(UTC).date():
        rows, digest = day_digest(session, day)
        session.add(Anchor(day=day.isoformat(), rows=rows, digest=digest, made_at=now))
        session.flush()
        made.append(day.isoformat())
        day += timedelta(days=1)
    return made


def day_digest(session: Session, day: date) -> tuple[int, bytes]:
    """The number of rows of a UTC day and SHA-256 over the anchor before and their hashes, by instance and number, packed ones included."""
    start = datetime.combine(day, time.min, UTC)
    end = start + timedelta(days=1)
    before = session.scalar(select(Anchor.digest).where(Anchor.day < day.isoformat()).order_by(Anchor.day.desc()).limit(1))
    hasher = hashlib.sha256(before or bytes(32))
    query = select(History.instance_id, History.seq, History.hash).where(History.at >= start, History.at < end)
    rows = session.execute(query.order_by(History.instance_id, History.seq).execution_options(yield_per=5_000))
    present = ((instance, seq, row_hash) for instance, seq, row_hash in rows)
    count = 0
    for _instance, _seq, row_hash in heapq.merge(present, sorted(archive.hashes(session, start, end))):
        hasher.update(row_hash)
        count += 1
    return count, hasher.digest()


def broken_days(session: Session) -> list[str]:
    """The anchored days whose rows no longer give their anchor: something was cut, changed or slipped in afterwards."""
    anchors = session.execute(select(Anchor.day, Anchor.rows, Anchor.digest).order_by(Anchor.day)).all()
    return [day for day, rows, digest in anchors if day_digest(session, date.fromisoformat(day)) != (rows, digest)]
