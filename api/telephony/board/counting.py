"""What of the calls that came into a queue is counted: who was answered, who in time, who gave up."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, func, type_coerce

from telephony.calls.models import PhoneCall
from telephony.calls.rings import PROMPT
from telephony.calls.values import ABANDONED

WAITED = type_coerce(PhoneCall.talking_at, BigInteger) - type_coerce(PhoneCall.queued_at, BigInteger)
"""Microseconds; NULL for who was not answered."""
_TALKED = PhoneCall.talking_at.is_not(None)
_LOST = and_(PhoneCall.outcome == ABANDONED, PhoneCall.talking_at.is_(None))
QUEUED_ONCE = PhoneCall.queued_at.is_not(None)


def counts() -> list[ColumnElement[Any]]:
    """`answered`, `in_time` (within the fifteen seconds) and `abandoned`, of a group of calls."""
    wanted = {"answered": _TALKED, "in_time": and_(_TALKED, WAITED <= PROMPT * 1_000_000), "abandoned": _LOST}
    return [func.sum(case((condition, 1), else_=0)).label(name) for name, condition in wanted.items()]


def percent(part: int, answered: int, abandoned: int) -> int | None:
    """A part of those who came in, in percent; None when nobody did."""
    return round(100 * part / (answered + abandoned)) if answered + abandoned else None
