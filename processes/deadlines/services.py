"""The calendar as this database knows it: the shipped years, and over them those that an administrator entered."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from processes.deadlines import bundled
from processes.deadlines.calendar import WorkCalendar, Year, merged
from processes.deadlines.models import CalendarDay, CalendarYear
from processes.deadlines.tables import parse_year

FRESH = timedelta(seconds=60)
"""How long another process may go on with the calendar it has read, after a year was entered."""

_read: WeakKeyDictionary[Engine, tuple[datetime, WorkCalendar]] = WeakKeyDictionary()


def calendar(session: Session) -> WorkCalendar:
    """The calendar; it is read from the database once a minute at most."""
    key, now = session.get_bind().engine, clock.real_now()
    kept = _read.get(key)
    if kept and timedelta(0) <= now - kept[0] < FRESH:
        return kept[1]
    fresh = merged(bundled.official(), bundled.provisional(), _entered(session))
    _read[key] = (now, fresh)
    return fresh


def load_year(session: Session, data: Any, *, source: str, provisional: bool, actor: Actor, now: datetime) -> Year:
    """Enter a year's table (or replace it), in the shape of `tables.parse_year`. Deadlines that stand already do not move.

    Raises `BadYear`.
    """
    year = parse_year(data, provisional=provisional, source=source)
    session.execute(delete(CalendarDay).where(CalendarDay.year == year.year))
    session.execute(delete(CalendarYear).where(CalendarYear.year == year.year))
    session.expire_all()
    days = [CalendarDay(day=day, working=False, name=name) for day, name in year.holidays.items()]
    days += [CalendarDay(day=day, working=True, name=name) for day, name in year.workdays.items()]
    session.add(CalendarYear(year=year.year, provisional=provisional, source=source, loaded_at=now, loaded_by=actor.id, days=days))
    session.flush()
    forget()
    return year


def load_file(session: Session, text: str, *, source: str, provisional: bool, actor: Actor, now: datetime) -> Year:
    """`load_year` from JSON text. Raises `BadYear`, for text that is no JSON too."""
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    return load_year(session, data, source=source, provisional=provisional, actor=actor, now=now)


def forget() -> None:
    """Read the calendar anew at the next question."""
    _read.clear()


def _entered(session: Session) -> Sequence[Year]:
    return [
        Year(row.year, _named(row, working=False), _named(row, working=True), row.provisional, row.source)
        for row in session.scalars(select(CalendarYear))
    ]


def _named(row: CalendarYear, *, working: bool) -> dict[date, str]:
    return {day.day: day.name for day in row.days if day.working is working}
