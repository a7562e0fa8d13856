"""`GET /calendar-years`, `PUT /calendar-years/{year}`."""

from typing import Any

from api.auth import guard, rights
from api.calendar import schemas
from api.product import product
from api.rest import Resource
from processes.deadlines import years
from processes.deadlines.pasted import Table
from processes.deadlines.years import KnownYear

resource = Resource("calendar", __name__, "工作日历：节假日与调休。 The working-day calendar.")


@resource.on("/calendar-years", "GET", answer=schemas.KnownYears)
def list_years() -> dict[str, Any]:
    """Every year that working days can be counted in, newest first; any other is refused, never guessed."""
    guard.actor()
    with product().engine.read() as session:
        return {"items": [_as_json(one) for one in years.known(session)], "next": None}


@resource.on("/calendar-years/<int:year>", "PUT", answer=schemas.KnownYear)
@resource.takes(schemas.YearBody)
def enter(body: dict[str, Any], year: int) -> dict[str, Any]:
    """Enter or replace a year, administrators only; deadlines that stand already do not move."""
    who, engine = guard.require(*rights.ADMINISTER), product().engine
    table = Table(year, body["holidays"], body["workdays"])
    engine.transact(who, lambda work: years.enter(work, table, source=body["source"], provisional=body["provisional"]))
    with engine.read() as session:
        return next(_as_json(one) for one in years.known(session) if one.year == year)


def _as_json(one: KnownYear) -> dict[str, Any]:
    return {
        "year": one.year,
        "provisional": one.provisional,
        "source": one.source,
        "holidays": {day.isoformat(): name for day, name in sorted(one.holidays.items())},
        "workdays": {day.isoformat(): name for day, name in sorted(one.workdays.items())},
        "loaded_at": one.loaded_at,
        "loaded_by": one.loaded_by,
    }
