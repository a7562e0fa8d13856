"""Calls that nobody answered: one live callback for each caller, however often they tried (T13)."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from engine import keylocks
from engine.db import Instant, tables
from engine.inserts import insert_once
from engine.instances.models import LIVE, Instance
from engine.prepared import Prepared
from processes.contacts.models import MissedCall

MISSED, INSTANCE = tables(MissedCall, Instance)
# an instance without a row is one that this same command has just started: its row is written at the end
_LIVE: Final = Prepared(
    select(MISSED.c.call_id)
    .outerjoin(INSTANCE, INSTANCE.c.id == MISSED.c.instance_id)
    .where(
        MISSED.c.caller == bindparam("caller"),
        MISSED.c.at >= bindparam("since", type_=Instant()),
        MISSED.c.merged_into.is_(None),
        or_(INSTANCE.c.status == LIVE, INSTANCE.c.id.is_(None)),
    )
    .order_by(MISSED.c.at)
)
_TRIED: Final = Prepared(
    update(MISSED).where(MISSED.c.call_id == bindparam("b_call")).values(tries=MISSED.c.tries + 1).returning(MISSED.c.tries)
)


def enter(
    session: Session, call_id: str, caller: str | None, queue: str | None, now: datetime, instance_id: int, within: timedelta
) -> bool:
    """Write a missed call down; whether it is merged into one of the same caller that is still to be called back.

    A caller who withholds the number (None) is nobody's equal; those of one number come one after the other.
    """
    before: str | None = None
    if caller is not None:
        keylocks.hold(session, f"missed {caller}")
        before = _LIVE.scalar(session.connection(), {"caller": caller, "since": now - within})
    row = {"call_id": call_id, "caller": caller, "queue": queue, "at": now, "instance_id": instance_id, "merged_into": before}
    return not insert_once(session, MissedCall, row) or before is not None


def tried(session: Session, call_id: str) -> int:
    """Count an attempt to call back; answers how many there were."""
    count: int | None = _TRIED.scalar(session.connection(), {"b_call": call_id})
    return count or 0
