"""Dates and times as forms write them: ISO 8601 with an offset, or a plain date; the zone of pages is Shanghai."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
YEARS = range(1900, 2200)
"""Years that a case can speak of; at the calendar's own ends no zone and no day after can be worked out."""


def read_moment(text: str) -> datetime | None:
    """An aware moment of these years out of ISO 8601 text with an offset or `Z`; None for anything else."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and moment.year in YEARS and "T" in text.upper().replace(" ", "T") else None


def read_date(text: str) -> date | None:
    """A day of these years out of `2026-03-02`, or out of a moment with an offset (its day in Shanghai); None for anything else."""
    moment = read_moment(text)
    if moment is not None:
        return moment.astimezone(LOCAL).date()
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if day.year in YEARS else None


def from_input(text: str) -> str:
    """What a `datetime-local` input sends, with Shanghai's offset; text that is something else is left for the check."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if moment.tzinfo is not None or len(text) <= len("2026-03-02") else moment.replace(tzinfo=LOCAL).isoformat()


def to_input(value: object, *, day: bool) -> str:
    """A value as a `date` or `datetime-local` input takes it, on Shanghai's clock to the minute; empty if it is none."""
    if not isinstance(value, str):
        return ""
    if day:
        found = read_date(value)
        return found.isoformat() if found else ""
    moment = read_moment(value)
    return moment.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M") if moment else ""
