"""`POST /cases`, `GET /cases`, `GET /cases/{case_no}`."""

from typing import Any

from api.auth import guard, rights
from api.cases import schemas
from api.idempotency.http import create
from api.product import product
from api.rest import Resource
from engine.runtime.work import Work
from processes.cases import access, consent, corrections, opening, search, views

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


@resource.on("/cases/<case_no>/corrections", "POST", 201, schemas.Corrected)
@resource.takes(schemas.CorrectionBody)
def correct(body: dict[str, Any], case_no: str) -> Any:
    """Put texts of a record right, with a reason, until seven days after the closing; the old texts are kept."""
    who = guard.actor()
    access.check(product().engine, who, case_no)
    reason = body.pop("reason")

    def command(work: Work) -> dict[str, Any]:
        return {"case_no": case_no, "corrected": corrections.correct(work, case_no, body, reason)}

    return create(who, command)


@resource.on("/cases/<case_no>/messages", "PUT", answer=schemas.Wish)
@resource.takes(schemas.WishBody)
def messages(body: dict[str, Any], case_no: str) -> dict[str, Any]:
    """Take down, with a reason, that the citizen's number is to get no more text messages (退订), or to get them again."""
    who, engine = guard.actor(), product().engine
    access.check(engine, who, case_no)
    engine.transact(who, lambda work: consent.record(work, case_no, wanted=body["wanted"], reason=body["reason"]))
    return {"case_no": case_no, "wanted": body["wanted"]}


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
