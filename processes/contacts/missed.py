"""Calls that nobody answered: one live callback for each caller, however often they tried (T13)."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine.db import Instant, tables
from engine.inserts import insert_once
from engine.instances.models import LIVE, Instance
from engine.prepared import Prepared
from processes.contacts.models import MissedCall

MISSED, INSTANCE = tables(MissedCall, Instance)
_LIVE: Final = Prepared(
    select(MISSED.c.call_id)
    .join(INSTANCE, INSTANCE.c.id == MISSED.c.instance_id)
    .where(
        MISSED.c.caller == bindparam("caller"),
        MISSED.c.at >= bindparam("since", type_=Instant()),
        MISSED.c.merged_into.is_(None),
        INSTANCE.c.status == LIVE,
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

    A caller who withholds the number (None) is nobody's equal.
    """
    before: str | None = None
    if caller is not None:
        before = _LIVE.scalar(session.connection(), {"caller": caller, "since": now - within})
    row = {"call_id": call_id, "caller": caller, "queue": queue, "at": now, "instance_id": instance_id, "merged_into": before}
    return not insert_once(session, MissedCall, row) or before is not None


def tried(session: Session, call_id: str) -> int:
    """Count an attempt to call back; answers how many there were."""
    count: int | None = _TRIED.scalar(session.connection(), {"b_call": call_id})
    return count or 0
