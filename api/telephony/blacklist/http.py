"""`/telephony/blacklist`: asked for, approved by a second person, lifted (T29)."""

from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields

from api.auth import guard, rights
from api.idempotency.http import create
from api.ids import number_in
from api.product import product
from api.rest import PREFIX, Body, Resource
from api.telephony.blacklist.services import state_of
from engine import clock
from engine.runtime.work import Work
from processes.registry.citizens.masking import mask_phone
from telephony.blacklist import services
from telephony.blacklist.models import BlockedNumber

resource = Resource("telephony-blacklist", __name__, "黑名单。 The blacklist.", PREFIX + "/telephony")


class BlockBody(Body):
    """A number to turn away for some days."""

    number = fields.String(required=True)
    reason = fields.String(required=True)
    days = fields.Integer(required=True)


class Blocked(Schema):
    """A number on the list, masked: `asked`, `in_force` or `over`."""

    id = fields.String(required=True)
    number = fields.String(required=True)
    reason = fields.String(required=True)
    state = fields.String(required=True)
    asked_by = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    approved_by = fields.String(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True)
    lifted_by = fields.String(required=True, allow_none=True)


class BlockedList(Schema):
    """The newest first."""

    items = fields.List(fields.Nested(Blocked), required=True)


class BlockedQuery(Body):
    """Of which number, if not of all."""

    number = fields.String(load_default="")


@resource.on("/blacklist", "GET", answer=BlockedList)
@resource.takes(BlockedQuery, location="query")
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Numbers asked for, in force, and over; rows are never deleted."""
    guard.require(*rights.BLOCK_NUMBERS)
    with product().engine.read() as session:
        return {"items": [_shown(row) for row in services.listed(session, query["number"])]}


@resource.on("/blacklist", "POST", HTTPStatus.CREATED, Blocked)
@resource.takes(BlockBody)
def ask(body: dict[str, Any]) -> Any:
    """Ask for a number to be turned away; it is in force once somebody else approves."""
    who = guard.require(*rights.BLOCK_NUMBERS)

    def command(work: Work) -> dict[str, Any]:
        row = services.ask(work.session, who, body["number"], body["reason"], body["days"], work.now)
        return {**_shown(row), "asked_at": row.asked_at.isoformat(), "expires_at": row.expires_at.isoformat()}

    return create(who, command)


@resource.on("/blacklist/<number>/approve", "POST", answer=Blocked)
def approve(number: str) -> dict[str, Any]:
    """Put it into force; never one's own."""
    who, row_id = guard.require(*rights.BLOCK_NUMBERS), number_in(number)
    product().engine.transact(who, lambda work: services.approve(work.session, who, row_id, work.now))
    return _one(row_id)


@resource.on("/blacklist/<number>/lift", "POST", answer=Blocked)
def lift(number: str) -> dict[str, Any]:
    """End it now."""
    who, row_id = guard.require(*rights.BLOCK_NUMBERS), number_in(number)
    product().engine.transact(who, lambda work: services.lift(work.session, who, row_id, work.now))
    return _one(row_id)


def _one(row_id: int) -> dict[str, Any]:
    with product().engine.read() as session:
        row = session.get(BlockedNumber, row_id)
        assert row is not None, "rows are never deleted"
        return _shown(row)


def _shown(row: BlockedNumber) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "number": mask_phone(row.number),
        "reason": row.reason,
        "state": state_of(row, clock.now()),
        "asked_by": row.asked_by,
        "asked_at": row.asked_at,
        "approved_by": row.approved_by,
        "expires_at": row.expires_at,
        "lifted_by": row.lifted_by,
    }
