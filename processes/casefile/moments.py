"""Moments as forms and diagrams write them."""

from datetime import date, datetime, timedelta
from typing import TypeVar

from engine.errors import Invalid
from forms.moments import YEARS
from processes.deadlines.zone import LOCAL, midnight

Day = TypeVar("Day", bound=date)


def parse(text: object, field: str) -> datetime:
    """An ISO 8601 moment as an aware datetime; without an offset it is local, a bare day means its end.

    Raises `Invalid` naming the field.
    """
    try:
        if isinstance(text, str) and len(text) == len("2026-02-13"):
            return midnight(_real(date.fromisoformat(text)) + timedelta(days=1))
        moment = _real(datetime.fromisoformat(str(text)))
    except ValueError as error:
        raise Invalid(errors={field: "不是有效的时间。 This is not a date or time."}) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)


def optional_day(text: object) -> date | None:
    """The day of an optional field; None for an empty or unreadable one."""
    try:
        return _real(datetime.fromisoformat(str(text))).date() if text else None
    except ValueError:
        return None


def _real(found: Day) -> Day:
    if found.year not in YEARS:
        raise ValueError("a year that no case speaks of")
    return found
