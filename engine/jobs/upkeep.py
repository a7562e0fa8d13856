"""What a queue does each minute: rows whose job got lost wait again; and cleared away, a bounded batch at a time, are messages
nobody fetched, signals everybody has, and incidents that time has settled."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from engine.jobs.dispatch import anything_orphaned, requeue_orphans
from engine.messages import signals
from engine.messages.models import InboxMessage
from engine.outbox import incidents

log = structlog.get_logger(__name__)

ORPHAN_AGE = timedelta(minutes=2)
"""Longer than any sender may take with its timeouts."""
BATCH = 1_000
"""Rows of a kind that one sweep clears away: some milliseconds, so that nobody waits behind it."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """How many of each were cleared away."""

    messages: int
    broadcasts: int
    incidents: int

    def __bool__(self) -> bool:
        return bool(self.messages or self.broadcasts or self.incidents)


def keep_up(database: Engine, now: datetime) -> None:
    """Let orphans wait again and clear away; with nothing to do nothing is written."""
    with database.connect().execution_options(read_only=True) as connection:
        lost = anything_orphaned(connection, now, ORPHAN_AGE)
    if lost:
        with Session(database) as session, session.begin():
            log.info("orphans requeued", rows=requeue_orphans(session, now, ORPHAN_AGE))
    if cleared := clear_away(database, now):
        log.info("cleared away", **asdict(cleared))


def clear_away(database: Engine, now: datetime) -> Cleared:
    """Delete expired messages of the inbox and broadcasts that are over, and close the incidents that time has settled; of each
    `BATCH` at most. What there is to do is found without a lock; with nothing to do nothing is written."""
    with database.connect().execution_options(read_only=True) as connection:
        expired = select(InboxMessage.id).where(InboxMessage.expires_at <= now).order_by(InboxMessage.expires_at).limit(BATCH)
        messages = list(connection.scalars(expired))
        broadcasts = signals.received(connection, now - signals.KEPT, BATCH)
        moot = incidents.moot(connection, BATCH)
    cleared = Cleared(len(messages), len(broadcasts), len(moot))
    if cleared:
        with Session(database) as session, session.begin():
            session.execute(delete(InboxMessage).where(InboxMessage.id.in_(messages)))
            signals.drop(session, broadcasts)
            incidents.close_moot(session, moot, now)
    return cleared
