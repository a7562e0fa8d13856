"""The hotline's own time zone: days begin and end in Shanghai, whatever zone a moment is written in."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


def local_day(moment: datetime) -> date:
    """The calendar day in Shanghai of an aware moment."""
    return moment.astimezone(LOCAL).date()


def on_day(day: date, moment: datetime) -> datetime:
    """The same local time of day as `moment` (aware) on another day; aware, in Shanghai's zone."""
    return datetime.combine(day, moment.astimezone(LOCAL).timetz())


def midnight(day: date) -> datetime:
    """The first moment of a day in Shanghai; aware."""
    return datetime.combine(day, time.min, LOCAL)
