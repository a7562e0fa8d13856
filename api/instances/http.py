"""`GET /instances/{id}`."""

from typing import Any

from sqlalchemy import select

from api.auth import guard, rights
from api.ids import number_in
from api.instances import schemas
from api.product import product
from api.rest import Resource
from engine.actor import Actor
from engine.errors import NotFound
from engine.history import archive
from engine.instances.models import Instance
from engine.runtime import views
from engine.runtime.live import LiveInstance
from engine.spiff.codec import ended_variables
from processes.cases import access

resource = Resource("instances", __name__, "流程实例。 Process instances.")


@resource.on("/instances/<instance_id>", "GET", answer=schemas.Instance)
def instance(instance_id: str) -> dict[str, Any]:
    """Tokens, definition and version; the variables by permission."""
    who, engine, number = guard.actor(), product().engine, number_in(instance_id)
    with engine.read() as session:
        case_no = session.scalar(select(Instance.business_key).where(Instance.id == number)) or archive.case_of(session, number)
    if case_no is None:
        raise NotFound("没有这个流程实例。 There is no such process instance.")
    access.check(engine, who, case_no)
    with engine.read() as session:
        return _shown(session.get_one(Instance, number), engine.look(session, who, number), who)


def _shown(row: Instance, live: LiveInstance | None, reader: Actor) -> dict[str, Any]:
    tokens = [] if live is None else views.tokens(live)
    seen = not reader.groups.isdisjoint(rights.SEE_VARIABLES)
    return {
        "id": str(row.id),
        "case_no": row.business_key,
        "definition": row.process_key,
        "version": row.process_version,
        "status": row.status,
        "outcome": row.outcome,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "tokens": [{"element_id": t.element_id, "name": t.name, "definition": t.definition, "due_at": t.due_at} for t in tokens],
        "variables": _variables(row, live) if seen else None,
    }


def _variables(row: Instance, live: LiveInstance | None) -> dict[str, Any]:
    return ended_variables(row.state) if live is None else dict(views.variables(live))
