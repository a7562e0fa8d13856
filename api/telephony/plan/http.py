"""`/telephony/plan`: the numbers, menus, queues and service hours in force, and putting others in their place (T27)."""

from typing import Any

from flask import request
from marshmallow import Schema, fields

from api.auth import guard, rights
from api.product import product
from api.rest import PREFIX, Parser, Resource
from engine.errors import Malformed
from telephony.plan import services
from telephony.plan.models import PhonePlan

resource = Resource("telephony-plan", __name__, "呼叫方案。 The plan of the exchange.", PREFIX + "/telephony")


class PlanInForce(Schema):
    """The plan with its version; 0 is the one that the product comes with."""

    version = fields.Integer(required=True)
    plan = fields.Dict(required=True)


class Changed(Schema):
    """The version that is in force now."""

    version = fields.Integer(required=True)


class NewPlan(Schema):
    """A whole plan: `shown outside hours queues questions menus numbers`, as `GET` gives it."""

    shown = fields.String(required=True)
    outside = fields.String(required=True)
    hours = fields.Dict(required=True)
    queues = fields.Dict(required=True)
    numbers = fields.Dict(required=True)
    menus = fields.Dict()
    questions = fields.List(fields.Dict())


@resource.on("/plan", "GET", answer=PlanInForce)
def current() -> dict[str, Any]:
    """The plan in force."""
    guard.require(*{*rights.PLAN_CALLS, *rights.SUPERVISE_CALLS})
    with product().engine.read() as session:
        version = services.current_version(session)
        row = session.get(PhonePlan, version) if version else None
        return {"version": version, "plan": row.body if row is not None else services.shipped()}


@resource.on("/plan", "PUT", answer=Changed)
@resource.shows(NewPlan)
def change() -> dict[str, int]:
    """Put another plan into force, for every call that begins afterwards; each place that is wrong is named."""
    who = guard.require(*rights.PLAN_CALLS)
    body = Parser().load_json(request, None)
    if not isinstance(body, dict):
        raise Malformed("请求体应为 JSON 对象。 The body must be a JSON object.")
    return {"version": product().engine.transact(who, lambda work: services.change(work.session, who, body, work.now))}
