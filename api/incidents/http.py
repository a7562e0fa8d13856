"""`/incidents`: see them, try again, let them be (administrators)."""

from typing import Any

from api.auth import guard, rights
from api.ids import number_in
from api.incidents import schemas
from api.product import product
from api.rest import Resource
from engine.outbox import incidents
from engine.outbox.models import Incident

resource = Resource("incidents", __name__, "异常事件。 Incidents.")


@resource.on("/incidents", "GET", answer=schemas.Incidents)
def listed() -> dict[str, Any]:
    """The open incidents, oldest first."""
    guard.require(*rights.ADMINISTER)
    with product().engine.read() as session:
        return {"items": [_shown(incident) for incident in incidents.open_incidents(session)], "next": None}


@resource.on("/incidents/<incident_id>/retry", "POST", answer=schemas.Incident)
def retry(incident_id: str) -> dict[str, Any]:
    """Try it again: a delivery is sent anew; a step waits for its own task, timer or message."""
    who, number = guard.require(*rights.ADMINISTER), number_in(incident_id)
    return product().engine.transact(who, lambda work: _shown(incidents.retry(work.session, number, who, work.now)))


@resource.on("/incidents/<incident_id>/skip", "POST", answer=schemas.Incident)
def skip(incident_id: str) -> dict[str, Any]:
    """Let it be: a delivery is cancelled."""
    who, number = guard.require(*rights.ADMINISTER), number_in(incident_id)
    return product().engine.transact(who, lambda work: _shown(incidents.skip(work.session, number, who, work.now)))


def _shown(incident: Incident) -> dict[str, Any]:
    return {
        "id": str(incident.id),
        "kind": incident.kind,
        "case_no": incident.business_key,
        "instance_id": None if incident.instance_id is None else str(incident.instance_id),
        "element_id": incident.element_id,
        "delivery_id": incident.delivery_id,
        "message": incident.message,
        "message_en": incident.message_en,
        "state": incident.state,
        "created_at": incident.created_at,
    }
