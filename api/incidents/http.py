"""`/incidents`: see them one by one or by cause, try again, pass over, cancel (administrators)."""

from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from typing import Any

from api.auth import guard, rights
from api.ids import number_in
from api.incidents import schemas
from api.product import product
from api.rest import Resource
from engine import cursors
from engine.errors import NotFound
from engine.outbox import batches, incidents, settling
from engine.outbox.incidents import Wanted
from engine.outbox.models import Incident, IncidentBatch

resource = Resource("incidents", __name__, "异常事件。 Incidents.")
PAGE = 100


@resource.on("/incidents", "GET", answer=schemas.Incidents)
@resource.takes(schemas.IncidentQuery, "query")
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Incidents, oldest first; the open ones unless another `state` is asked for."""
    guard.require(*rights.ADMINISTER)
    after = cursors.row_in(query.get("cursor"))
    with product().engine.read() as session:
        found = incidents.found(session, _wanted(query), after=after, limit=PAGE)
    return {"items": [shown(incident) for incident in found], "next": cursors.encode((found[-1].id,)) if len(found) == PAGE else None}


@resource.on("/incidents/groups", "GET", answer=schemas.Groups)
@resource.takes(schemas.IncidentQuery, "query")
def grouped(query: dict[str, Any]) -> dict[str, Any]:
    """The same by place and cause, the largest group first."""
    guard.require(*rights.ADMINISTER)
    with product().engine.read() as session:
        found = incidents.groups(session, _wanted(query))
    return {"items": [{**asdict(group), "group": group.key} for group in found], "next": None}


@resource.on("/incidents/<incident_id>", "GET", answer=schemas.WholeIncident)
def one(incident_id: str) -> dict[str, Any]:
    """One incident with its trace and with what can be done about it."""
    guard.require(*rights.ADMINISTER)
    with product().engine.read() as session:
        return _whole(incidents.get(session, number_in(incident_id)))


@resource.on("/incidents/<incident_id>/<action>", "POST", answer=schemas.WholeIncident)
@resource.takes(schemas.Deed)
def settle(body: dict[str, Any], incident_id: str, action: str) -> dict[str, Any]:
    """`retry` it, `skip` the step or `cancel` the process instance or delivery."""
    who, number = guard.require(*rights.ADMINISTER), number_in(incident_id)
    deed = partial(settling.settle, incident_id=number, action=_known(action), reason=body["reason"], whole_case=body["whole_case"])
    return product().engine.transact(who, lambda work: _whole(deed(work)))


@resource.on("/incidents/groups/<group>/<action>", "POST", HTTPStatus.ACCEPTED, answer=schemas.Batch)
@resource.takes(schemas.GroupDeed)
def settle_group(body: dict[str, Any], group: str, action: str) -> dict[str, Any]:
    """The same for every open incident of a group, in the background; look at the batch for its progress."""
    who, at_hand = guard.require(*rights.ADMINISTER), product()
    begin = partial(batches.begin, queue=at_hand.queue, group_key=group, action=_known(action), reason=body["reason"])
    return at_hand.engine.transact(who, lambda work: shown_batch(begin(work)))


@resource.on("/incidents/batches/<batch_id>", "GET", answer=schemas.Batch)
def batch(batch_id: str) -> dict[str, Any]:
    """How far an action on a group has come."""
    guard.require(*rights.ADMINISTER)
    with product().engine.read() as session:
        return shown_batch(batches.get(session, number_in(batch_id)))


def shown(incident: Incident) -> dict[str, Any]:
    """An incident as the API tells it, without its trace."""
    return {
        "id": str(incident.id),
        "kind": incident.kind,
        "place": incident.place,
        "element_id": incident.element_id,
        "cause": incident.cause,
        "group": incident.group_key,
        "case_no": incident.business_key,
        "instance_id": None if incident.instance_id is None else str(incident.instance_id),
        "delivery_id": incident.delivery_id,
        "origin": incident.origin,
        "message": incident.message,
        "message_en": incident.message_en,
        "times": incident.times,
        "state": incident.state,
        "created_at": incident.created_at,
        "last_at": incident.last_at,
        "closed_at": incident.closed_at,
        "closed_by": incident.closed_by,
        "reason": incident.reason,
    }


def shown_batch(batch: IncidentBatch) -> dict[str, Any]:
    """A batch as the API tells it."""
    names = ("action", "reason", "actor", "total", "done", "failed", "state", "created_at", "ended_at")
    return {"id": str(batch.id), "group": batch.group_key, **{name: getattr(batch, name) for name in names}}


def _whole(incident: Incident) -> dict[str, Any]:
    actions = {name: asdict(choice) for name, choice in settling.choices(incident).items()}
    return {**shown(incident), "trace": incident.trace, "actions": actions}


def _wanted(query: dict[str, Any]) -> Wanted:
    return Wanted(
        state=query["state"] or None,
        kind=query.get("kind"),
        cause=query.get("cause"),
        place=query.get("place"),
        group=query.get("group"),
        q=query.get("case_no"),
    )


def _known(action: str) -> str:
    if action not in settling.ACTIONS:
        raise NotFound(f"没有 {action} 这种处理。 There is no action {action}.")
    return action
