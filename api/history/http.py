"""`GET /cases/{case_no}/history`."""

from typing import Any

from api.auth import guard
from api.history import services
from api.history.schemas import HistoryPage, PageQuery
from api.product import product
from api.rest import Resource
from engine.history import expand
from engine.history.expand import HistoryStep
from processes.cases import access

resource = Resource("history", __name__, "履历。 History, every step in order, hash-chained.")


@resource.on("/cases/<case_no>/history", "GET", answer=HistoryPage)
@resource.takes(PageQuery, "query")
def history(query: dict[str, Any], case_no: str) -> dict[str, Any]:
    """Every step of every instance of the case, in order."""
    engine, who = product().engine, guard.actor()
    access.check(engine, who, case_no)
    with engine.read() as session:
        show = services.without_the_citizen if access.hides_citizen(session, who, case_no) else services.shown
        page = expand.read(session, engine.specs, case_no, after=query.get("cursor"), show=show)
    return {"items": [_step(step) for step in page.steps], "next": page.next}


def _step(step: HistoryStep) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "seq": step.seq,
        "step": step.step,
        "at": step.at,
        "type": step.type,
        "element_id": step.element_id,
        "actor": step.actor,
        "instance_id": str(step.instance_id),
        "definition": step.definition,
        "version": step.version,
        "prev_hash": step.prev_hash,
        "hash": step.hash,
    }
    if step.flow_id is not None:
        shown["flow_id"] = step.flow_id
    if step.data:
        shown["data"] = step.data
    return shown
