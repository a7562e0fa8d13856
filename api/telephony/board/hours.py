"""A day of the queues by the hour (T21): how many were answered, how many in time, how many gave up, how long they waited."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session

from api.telephony.board.counting import QUEUED_ONCE, WAITED, counts, percent
from api.telephony.calls.services import day_of
from engine.db import to_micros
from telephony.calls.models import PhoneCall

HOUR = 3_600_000_000
"""Microseconds; every day in Shanghai has twenty-four of them."""


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour on Shanghai's clock, or a whole day; calls belong to the hour in which they began. `waited_seconds` is the mean of those
    who were answered, None when nobody was."""

    hour: int | None
    answered: int
    in_time: int
    abandoned: int
    waited_seconds: int | None

    @property
    def late(self) -> int:
        """Answered, but not in time."""
        return self.answered - self.in_time

    @property
    def calls(self) -> int:
        """All that count."""
        return self.answered + self.abandoned

    @property
    def service_level(self) -> int | None:
        """Percent of the callers who were answered in time."""
        return percent(self.in_time, self.answered, self.abandoned)


@dataclass(frozen=True, slots=True)
class Day:
    """The hours from the first to the last with a call, and all of them together."""

    hours: list[Hour]
    total: Hour

    @property
    def busiest(self) -> int:
        """Calls of the hour that has most."""
        return max((one.calls for one in self.hours), default=0)


def day(session: Session, when: date, queue: str = "") -> Day:
    """A local day of one queue, or of all. Raises `Invalid` for a day of another age."""
    begin, end = day_of(when)
    hour = ((type_coerce(PhoneCall.began_at, BigInteger) - to_micros(begin)) // HOUR).label("hour")
    query = select(hour, *counts(), func.sum(WAITED).label("waited")).where(
        PhoneCall.began_at >= begin, PhoneCall.began_at < end, QUEUED_ONCE
    )
    if queue:
        query = query.where(PhoneCall.queue == queue)
    found = {row.hour: row for row in session.execute(query.group_by(hour))}
    busy = [number for number, row in found.items() if row.answered + row.abandoned]
    between = range(min(busy), max(busy) + 1) if busy else range(0)
    return Day([_hour(number, [found[number]] if number in found else []) for number in between], _hour(None, list(found.values())))


def as_json(found: Day) -> dict[str, Any]:
    """The same for the API."""
    return {"hours": [_as_json(one) for one in found.hours], "total": _as_json(found.total)}


def _as_json(one: Hour) -> dict[str, Any]:
    return {**asdict(one), "service_level": one.service_level}


def _hour(number: int | None, rows: list[Any]) -> Hour:
    answered, in_time, abandoned = (sum(getattr(row, name) for row in rows) for name in ("answered", "in_time", "abandoned"))
    waited = sum(int(row.waited or 0) for row in rows)
    return Hour(number, answered, in_time, abandoned, round(waited / answered / 1_000_000) if answered else None)
