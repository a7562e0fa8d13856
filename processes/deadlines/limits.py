"""From a limit to a moment: when an order is due, and when that comes near (requirements 0.2, E06, C12)."""

from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from processes.deadlines.calendar import WorkCalendar
from processes.deadlines.errors import BadAmount

Counting: TypeAlias = Literal["C", "W"]
"""Which days a limit counts: "C" calendar days of 24 hours, "W" working days."""

NEAR_MOST_SHARE = 0.5
NEAR_SHARE = 0.2
NEAR_LEAST_DAYS = 1


def due_at(calendar: WorkCalendar, start: datetime, amount: float, counting: str) -> datetime:
    """When a limit of `amount` days that began at `start` (aware) runs out; aware.

    Calendar days may be parts of a day; working days are whole and keep the local time of day.
    Raises `BadAmount`, `UnknownYear`.
    """
    if counting == "C":
        if not 0 < amount <= 3650:
            raise BadAmount
        return start + timedelta(days=amount)
    if counting != "W" or not 0 < amount <= 1000 or amount != int(amount):
        raise BadAmount
    return calendar.after(start, int(amount))


def extended(calendar: WorkCalendar, due: datetime, days: float, counting: str) -> datetime:
    """The new due moment after an extension 延期 of some days of the same calendar. Raises `BadAmount`, `UnknownYear`."""
    return due_at(calendar, due, days, counting)


def near_at(calendar: WorkCalendar, start: datetime, due: datetime, counting: str) -> datetime:
    """When a due moment comes near: one day of its calendar before it, or a fifth of the time from `start`, whichever is more;
    but never before half of that time is gone, or a 24-hour order would be urged at its dispatch (docs/adr/0009).

    For an order with an extension `due` is the effective due moment. Raises `UnknownYear`.
    """
    if counting == "W":
        allotted = calendar.days_between(start, due)
        return calendar.back(due, min(max(NEAR_LEAST_DAYS, allotted * NEAR_SHARE), allotted * NEAR_MOST_SHARE))
    allotted_time = due - start
    return due - min(max(timedelta(days=NEAR_LEAST_DAYS), allotted_time * NEAR_SHARE), allotted_time * NEAR_MOST_SHARE)
