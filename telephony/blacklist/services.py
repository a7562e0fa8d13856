"""Asking for a number to be blocked, approving it, lifting it."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.db import Instant, tables
from engine.errors import Conflict, Invalid, NotFound
from engine.prepared import Prepared
from forms.phones import tidy
from processes.registry.audit import services as audit
from processes.registry.citizens.services import phone_index
from telephony.blacklist.models import BlockedNumber

MOST_DAYS = 365
MOST = 500
"""Rows of one list."""
_NUMBER: Final = re.compile(r"\+?\d[\d\s()-]{2,22}")
"""What may be blocked: whatever a trunk shows, also what is no valid telephone number."""
(BLOCKED,) = tables(BlockedNumber)
_IN_FORCE: Final = Prepared(
    select(BLOCKED.c.id)
    .where(
        BLOCKED.c.number_index == bindparam("number"),
        BLOCKED.c.expires_at > bindparam("now", type_=Instant()),
        BLOCKED.c.approved_by.is_not(None),
    )
    .limit(1)
)


class SecondPerson(Conflict):
    """须由另一人批准。 Somebody else must approve this."""

    code = "second-person"


def blocked(session: Session, number: str, now: datetime) -> bool:
    """Whether calls from a number are turned away; never one that withholds its number."""
    return bool(number) and _IN_FORCE.first(session.connection(), {"number": phone_index(number), "now": now}) is not None


def ask(session: Session, actor: Actor, number: str, reason: str, days: int, now: datetime) -> BlockedNumber:
    """Ask for a number to be blocked for some days. Raises `Invalid` naming the field."""
    errors = {}
    if not _NUMBER.fullmatch(tidy(number)):
        errors["number"] = "这不是电话号码：只能是数字，3 位以上。 This is no telephone number: three digits or more."
    if not reason.strip():
        errors["reason"] = "请填写理由。 Give a reason."
    if not 0 < days <= MOST_DAYS:
        errors["days"] = f"天数应为 1 到 {MOST_DAYS}。 From 1 to {MOST_DAYS} days."
    if errors:
        raise Invalid(errors=errors)
    row = BlockedNumber(
        number=tidy(number),
        number_index=phone_index(number),
        reason=reason.strip()[:200],
        asked_by=actor.id,
        asked_at=now,
        approved_by=None,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    session.flush()
    audit.record(session, actor, "blacklist.asked", _named(row), {"days": days})
    return row


def approve(session: Session, actor: Actor, row_id: int, now: datetime) -> None:
    """Put it into force. Raises `NotFound`, `SecondPerson`, `Conflict` for what is in force already, or over."""
    row = _row(session, row_id)
    if row.asked_by == actor.id:
        raise SecondPerson
    if row.approved_by is not None or row.expires_at <= now:
        raise Conflict("已经批准或已经过期。 It is in force already, or over.")
    row.approved_by = actor.id
    audit.record(session, actor, "blacklist.approved", _named(row))


def lift(session: Session, actor: Actor, row_id: int, now: datetime) -> None:
    """End it now; what is over already stays as it ended. Raises `NotFound`."""
    row = _row(session, row_id)
    if row.expires_at > now:
        row.expires_at, row.lifted_by = now, actor.id
        audit.record(session, actor, "blacklist.lifted", _named(row))


def listed(session: Session, number: str = "") -> Sequence[BlockedNumber]:
    """What was ever asked for, the newest first; of one number if it is given."""
    query = select(BlockedNumber).order_by(BlockedNumber.id.desc()).limit(MOST)
    if number.strip():
        query = query.where(BlockedNumber.number_index == phone_index(number))
    return session.scalars(query).all()


def _named(row: BlockedNumber) -> str:
    return f"blocked:{row.id}"


def _row(session: Session, row_id: int) -> BlockedNumber:
    row = session.get(BlockedNumber, row_id)
    if row is None:
        raise NotFound
    return row
