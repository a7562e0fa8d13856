"""The years of the calendar for those who keep it: which are known and how surely, and entering one (E06)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.runtime.work import Work
from processes.deadlines import bundled, services
from processes.deadlines.calendar import Year, merged
from processes.deadlines.models import CalendarYear
from processes.deadlines.pasted import Table
from processes.registry.audit import services as audit

EARLIEST, LATEST = 2000, 2100
LONGEST_SOURCE, LONGEST_NAME = 200, 64


@dataclass(frozen=True, slots=True)
class KnownYear:
    """One year that the calendar knows. `loaded_at` and `loaded_by` are None for a year that came with the product."""

    year: int
    provisional: bool
    source: str
    holidays: Mapping[date, str]
    workdays: Mapping[date, str]
    loaded_at: datetime | None
    loaded_by: str | None


def known(session: Session) -> list[KnownYear]:
    """Every year of the calendar, newest first, read from the database at this moment."""
    rows = {row.year: row for row in session.scalars(select(CalendarYear))}
    shipped = merged(bundled.official(), bundled.provisional())
    years = [_of_row(row) for row in rows.values()]
    years += [_shipped(year) for number, year in shipped.years.items() if number not in rows]
    return sorted(years, key=lambda one: one.year, reverse=True)


def enter(work: Work, given: Table, *, source: str, provisional: bool) -> Year:
    """Enter or replace a year and put it on record; deadlines that stand already do not move.

    Raises `Invalid` or `BadYear`. That the command's actor may do this is the caller's question.
    """
    year = given.year
    errors: dict[str, str] = {}
    if not EARLIEST <= year <= LATEST:
        errors["year"] = f"年份须在 {EARLIEST} 至 {LATEST} 之间。 The year must be between {EARLIEST} and {LATEST}."
    if not source.strip() or len(source) > LONGEST_SOURCE:
        errors["source"] = f"请写明依据，不超过 {LONGEST_SOURCE} 字。 Name the notice, in at most {LONGEST_SOURCE} characters."
    for field, days in (("holidays", given.holidays), ("workdays", given.workdays)):
        if any(len(str(name)) > LONGEST_NAME for name in days.values()):
            errors[field] = f"名称不能超过 {LONGEST_NAME} 字。 A name has at most {LONGEST_NAME} characters."
    if errors:
        raise Invalid(errors=errors)
    replaced = work.session.get(CalendarYear, year) is not None or year in merged(bundled.official(), bundled.provisional()).years
    table: dict[str, Any] = {"year": year, "holidays": dict(given.holidays), "workdays": dict(given.workdays)}
    entered = services.load_year(work.session, table, source=source.strip(), provisional=provisional, actor=work.actor, now=work.now)
    detail = {"holidays": len(entered.holidays), "workdays": len(entered.workdays), "provisional": provisional, "replaced": replaced}
    audit.record(work.session, work.actor, "calendar.entered", str(year), {**detail, "source": source.strip()})
    return entered


def _of_row(row: CalendarYear) -> KnownYear:
    holidays = {day.day: day.name for day in row.days if not day.working}
    workdays = {day.day: day.name for day in row.days if day.working}
    return KnownYear(row.year, row.provisional, row.source, holidays, workdays, row.loaded_at, row.loaded_by)


def _shipped(year: Year) -> KnownYear:
    return KnownYear(year.year, year.provisional, year.source, year.holidays, year.workdays, None, None)
