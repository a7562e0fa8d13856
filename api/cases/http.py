"""`POST /cases`, `GET /cases`, `GET /cases/{case_no}`."""

from typing import Any

from api.auth import guard, rights
from api.cases import schemas
from api.idempotency.http import create
from api.product import product
from api.rest import Resource
from engine.runtime.work import Work
from processes.cases import access, opening, search, views

resource = Resource("cases", __name__, "案件。 Cases.")


@resource.on("/cases", "POST", 201, schemas.OpenedCase)
@resource.takes(schemas.NewCaseBody)
def open_case(body: dict[str, Any]) -> Any:
    """Open a case and start its process; the query code is told only in this answer."""
    who = guard.require(*rights.OPEN_CASES)
    citizen = body.pop("citizen")
    new = opening.NewCase(**body, citizen=opening.NewCitizen(**citizen) if citizen else None)

    def command(work: Work) -> dict[str, Any]:
        opened = opening.open_case(work, new)
        return {
            "case_no": opened.case_no,
            "query_code": opened.query_code,
            "category": opened.category,
            "status": opened.status,
            "instance_id": str(opened.instance_id),
        }

    return create(who, command)


@resource.on("/cases", "GET", answer=schemas.CaseList)
@resource.takes(schemas.CaseQuery, "query")
def list_cases(query: dict[str, Any]) -> dict[str, Any]:
    """Find cases; a unit's people see those with a work order of their own."""
    who = guard.actor()
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    with product().engine.read() as session:
        page = search.search(session, who, search.CaseFilter(**query), cursor, limit)
        return {"items": [found.as_json() for found in page.items], "next": page.next}


@resource.on("/cases/<case_no>", "GET", answer=schemas.Case)
def case(case_no: str) -> dict[str, Any]:
    """One case with its lamps, open tasks, work orders and instances."""
    who, engine = guard.actor(), product().engine
    access.check(engine, who, case_no)
    with engine.read() as session:
        return views.case(session, engine, who, case_no)
