"""Finding cases: one list for everybody, cut to what the actor may see; three statements a page, and one round trip before them
for words of the title (`processes.casefile.titles`)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, or_, select, type_coerce
from sqlalchemy.orm import Session

from engine import clock, cursors
from engine.actor import Actor
from engine.cursors import Key, Page
from engine.db import from_micros, to_micros
from forms.moments import YEARS
from processes.casefile import lamps, people, titles
from processes.casefile.masking import masked
from processes.casefile.models import Case, WorkOrder
from processes.cases.access import is_centre, scope
from processes.deadlines.zone import LOCAL
from processes.lights.services import Lights

MOST = 200
LATEST = 2**63 - 1
"""Later than any moment, in microseconds."""
NUMBER = re.compile(r"TS(\d{1,8})[0-9A-Z]{0,8}")
"""The beginning of a case number; see `processes.casefile.numbers`."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What to look for; `q` is a number, a phone or words of the title, `age` and `due` are colours."""

    category: str | None = None
    status: str | None = None
    unit: str | None = None
    q: str | None = None
    age: str | None = None
    due: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One case of a list. The citizen's name and phone are masked, absent for a unit when the case is confidential."""

    case: Case
    lights: Lights
    units: tuple[str, ...]
    citizen: people.Masked | None

    def as_json(self) -> dict[str, Any]:
        """The row as the API gives it."""
        case = self.case
        return {
            "case_no": case.case_no,
            "category": case.category,
            "channel": case.channel,
            "title": masked(case.title),
            "status": case.status,
            "outcome": case.outcome,
            "area": case.area,
            "class_l1": case.class_l1,
            "kind": case.kind,
            "urgency": case.urgency,
            "confidential": case.confidential,
            "opened_at": case.opened_at,
            "closed_at": case.closed_at,
            "lights": self.lights.as_json(),
            "units": list(self.units),
            "citizen": None if self.citizen is None else {"name": self.citizen.name, "phone": self.citizen.phone},
        }


def search(session: Session, actor: Actor, wanted: CaseFilter, cursor: str | None = None, limit: int = 50) -> Page[Found]:
    """The cases that an actor may see and looks for, newest first. Raises `BadCursor`."""
    now = clock.now()
    query = _query(session, actor, wanted)
    words = _words(wanted)

    def batch(after: Key | None, count: int) -> list[Found]:
        page = query if after is None else query.where(_before(after))
        newest = page.order_by(Case.opened_at.desc(), Case.case_no.desc())
        return _found(session, actor, _with_words(session, newest, words, after, count) if words else _all(session, newest, count), now)

    after = cursors.decode(cursor, cursors.MOMENT, str) if cursor else None
    return cursors.collect(batch, lambda found: _lit(found.lights, wanted), _key, after, max(1, min(limit, MOST)))


def _words(wanted: CaseFilter) -> str | None:
    """The words of the title that are looked for, if they are; one character alone is no word that the index knows."""
    asked = (wanted.q or "").strip()
    return asked if len(asked) > 1 and not NUMBER.fullmatch(asked.upper()) and not people.is_phone(asked) else None


def _all(session: Session, newest: Select[Case], count: int) -> list[Case]:
    return list(session.scalars(newest.limit(count)))


def _with_words(session: Session, newest: Select[Case], words: str, after: Key | None, count: int) -> list[Case]:
    """The first cases of a query, which asks for these words in the title, looked for at the moments that may have them only."""
    found: list[Case] = []
    for moments in titles.moments(session, words, LATEST if after is None else int(after[0]), count):
        if moments:
            found += _all(session, newest.where(type_coerce(Case.opened_at, BigInteger).in_(moments)), count - len(found))
        if len(found) == count:
            break
    return found


def _query(session: Session, actor: Actor, wanted: CaseFilter) -> Select[Case]:
    query = select(Case)
    seen = scope(actor)
    if seen is not None:
        query = query.where(seen)
    if wanted.category:
        query = query.where(Case.category == wanted.category)
    if wanted.status:
        query = query.where(Case.status == wanted.status)
    if wanted.unit:
        query = query.where(select(WorkOrder.number).where(WorkOrder.case_no == Case.case_no, WorkOrder.unit == wanted.unit).exists())
    if wanted.q and (words := wanted.q.strip()):
        query = query.where(_asked(words, actor))
    return query


def _asked(words: str, actor: Actor) -> ColumnElement[bool]:
    """What somebody typed into the search field: (the beginning of) a case number, a telephone number, else words of the title.

    Each is found by an index of its own, so none is mixed with another.
    """
    if number := NUMBER.fullmatch(words.upper()):
        found = Case.case_no.startswith(words.upper(), autoescape=True)
        day = _day(number[1])
        # the day in the number bounds the search to the cases that were opened on it
        return found if day is None else and_(found, Case.opened_at >= day, Case.opened_at < day + timedelta(days=1))
    if people.is_phone(words):
        theirs = Case.citizen_id.in_(people.with_phone(words))
        # else a unit could try out whose confidential complaint it has
        return theirs if is_centre(actor) else and_(theirs, Case.confidential.is_(False))
    return Case.title.contains(words, autoescape=True)


def _day(digits: str) -> datetime | None:
    """The beginning of the local day that a case number names; None for an incomplete or impossible one."""
    try:
        day = datetime.strptime(digits, "%Y%m%d").replace(tzinfo=LOCAL)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _found(session: Session, actor: Actor, cases: list[Case], now: datetime) -> list[Found]:
    orders = lamps.orders_of(session, [case.case_no for case in cases])
    shown = {case.case_no: case.citizen_id for case in cases if case.citizen_id and (is_centre(actor) or not case.confidential)}
    citizens = people.masked_of(session, set(shown.values()))
    return [
        Found(
            case,
            lamps.of_case(session, case, orders.get(case.case_no, ()), now),
            tuple(dict.fromkeys(order.unit for order in orders.get(case.case_no, ()) if order.status in lamps.COUNTING)),
            citizens.get(shown.get(case.case_no, 0)),
        )
        for case in cases
    ]


def _lit(lights: Lights, wanted: CaseFilter) -> bool:
    return wanted.age in (None, "", lights.age) and wanted.due in (None, "", lights.due)


def _key(found: Found) -> Key:
    return to_micros(found.case.opened_at), found.case.case_no


def _before(after: Key) -> Any:
    micros, case_no = after
    opened_at = from_micros(int(micros))
    return or_(Case.opened_at < opened_at, and_(Case.opened_at == opened_at, Case.case_no < case_no))
