"""`GET /telephony/pop`: the call at one's seat, and who calls."""

from typing import Any

from marshmallow import Schema, fields

from api.auth import guard, rights
from api.product import product
from api.rest import PREFIX, Resource
from api.telephony.calls.schemas import CallFacts
from api.telephony.pop import services

resource = Resource("telephony-pop", __name__, "来电弹屏。 The screen pop.", PREFIX + "/telephony")


class Third(Schema):
    """Whom the agent asks, adds or hands the call to."""

    who = fields.String(required=True, allow_none=True)
    number = fields.String(required=True)
    state = fields.String(required=True)


class PastCall(Schema):
    """An earlier call of this number."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    began_at = fields.AwareDateTime(required=True)
    agent = fields.String(required=True, allow_none=True)
    queue = fields.String(required=True)
    outcome = fields.String(required=True)
    case_no = fields.String(required=True)
    talked_ms = fields.Integer(required=True)


class PastCase(Schema):
    """A case of somebody known under this number."""

    case_no = fields.String(required=True)
    category = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    opened_at = fields.AwareDateTime(required=True)


class Popped(CallFacts):
    """The call at one's seat; the number is whole, it is one's own call."""

    waited_seconds = fields.Integer(required=True)
    actions = fields.List(fields.String(), required=True)
    held = fields.Boolean(required=True)
    recording = fields.Boolean(required=True)
    paused = fields.Boolean(required=True)
    third = fields.Nested(Third, required=True, allow_none=True)
    names = fields.List(fields.String(), required=True)
    classes = fields.List(fields.String(), required=True, metadata={"description": "elder, elder_pager, vip, important, blocked"})
    blocked = fields.Boolean(required=True)
    calls = fields.List(fields.Nested(PastCall), required=True)
    cases = fields.List(fields.Nested(PastCase), required=True)


class Pop(Schema):
    """`call` is null without one."""

    call = fields.Nested(Popped, required=True, allow_none=True)


@resource.on("/pop", "GET", answer=Pop)
def pop() -> dict[str, Any]:
    """The call that is offered at one's seat, or talked, with names, classes, the last 20 calls and cases of its number."""
    who = guard.require(*rights.TAKE_CALLS)
    with product().engine.read() as session:
        return {"call": services.pop(session, who)}
