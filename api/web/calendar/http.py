"""The working-day calendar: which years are known and how surely, and the form that enters one (E06); administrators only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby

from flask import Blueprint, Response, render_template, request, url_for

from api.auth import guard
from api.auth.rights import ADMINISTER
from api.product import product
from api.web.i18n import language, one_language
from api.web.redirects import see_other
from engine import clock
from engine.errors import Invalid
from processes.deadlines import years
from processes.deadlines.pasted import Table, of_file, typed
from processes.deadlines.years import KnownYear
from processes.deadlines.zone import local_day

pages = Blueprint("calendar", __name__, url_prefix="/calendar")
LARGEST = 1 << 20
"""Bytes of a file that are read."""
RECENT = 3
"""Years back that are shown at once; the older ones are folded away."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it stands: what was typed, or a known year to change; and what is wrong with it."""

    year: str
    source: str = ""
    provisional: bool = False
    holidays: str = ""
    workdays: str = ""
    refused: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


@pages.get("")
def show() -> str:
    """Every known year, and a form for the next one or for the one in `?year=`."""
    guard.require(*ADMINISTER)
    known = _known()
    wanted = request.args.get("year", "")
    chosen = next((one for one in known if str(one.year) == wanted), None)
    if chosen is None:
        return _page(known, Typed(wanted if wanted.isdigit() else str(max(one.year for one in known) + 1)))
    return _page(known, Typed(wanted, chosen.source, chosen.provisional, _lines(chosen.holidays), _lines(chosen.workdays)))


@pages.post("")
def enter() -> Response | tuple[str, int]:
    """Enter or replace a year; what is wrong comes back beside what was typed."""
    who, sent = guard.require(*ADMINISTER), request.form
    filled = Typed(sent.get("year", ""), sent.get("source", ""), "provisional" in sent, sent.get("holidays", ""), sent.get("workdays", ""))
    try:
        given = _read(filled)
        product().engine.transact(who, lambda work: years.enter(work, given, source=filled.source, provisional=filled.provisional))
    except Invalid as refusal:
        message = one_language(refusal.message, language())
        return _page(_known(), replace(filled, refused=message, errors=refusal.errors)), 422
    return see_other(url_for("web.calendar.show", done="calendar"))


def _read(sent: Typed) -> Table:
    """The year that was typed, or that of an uploaded file. Raises `BadYear`, naming the field."""
    file = request.files.get("file")
    return of_file(file.read(LARGEST)) if file else typed(sent.year, sent.holidays, sent.workdays)


def _known() -> list[KnownYear]:
    with product().engine.read() as session:
        return years.known(session)


def _page(known: list[KnownYear], filled: Typed) -> str:
    this = local_day(clock.now()).year
    return render_template(
        "calendar/page.html",
        recent=[one for one in known if one.year > this - RECENT],
        older=[one for one in known if one.year <= this - RECENT],
        last=max(one.year for one in known),
        typed=filled,
    )


def _lines(days: Mapping[date, str]) -> str:
    """Days as the form takes them, neighbours of one name in one line."""
    numbered = enumerate(sorted(days.items()))
    runs = groupby(numbered, key=lambda one: (one[1][1], one[1][0] - timedelta(days=one[0])))
    return "\n".join(_line([day for _place, (day, _name) in run], name) for (name, _start), run in runs)


def _line(run: list[date], name: str) -> str:
    span = f"{run[0]} ~ {run[-1]}" if len(run) > 1 else str(run[0])
    return f"{span} {name}"
