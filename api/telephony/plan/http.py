"""`/telephony/plan`: the numbers, menus, queues and service hours in force, and putting others in their place (T27)."""

from typing import Any

from flask import request
from marshmallow import Schema, fields, validate

from api.auth import guard, rights
from api.ids import number_in
from api.product import product
from api.rest import PREFIX, Body, Parser, Resource
from api.telephony.plan import services
from engine.errors import Malformed
from telephony.plan import services as plans

resource = Resource("telephony-plan", __name__, "呼叫方案。 The plan of the exchange.", PREFIX + "/telephony")


class PlanInForce(Schema):
    """The plan with its version; 0 is the one that the product comes with."""

    version = fields.Integer(required=True)
    plan = fields.Dict(required=True)


class PlanVersion(Schema):
    """A version with who put it into force, when and why; 0 is the one that the product comes with, by nobody."""

    version = fields.Integer(required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    note = fields.String(required=True)


class PlanVersions(Schema):
    """The newest first: that one is in force."""

    items = fields.List(fields.Nested(PlanVersion), required=True)


class ChangeQuery(Body):
    """Why, and which version was changed: if another one is in force by now, nothing is."""

    note = fields.String(load_default="", validate=validate.Length(max=services.LONGEST_NOTE))
    seen = fields.Integer(load_default=None, validate=validate.Range(min=0))


class Changed(Schema):
    """The version that is in force now."""

    version = fields.Integer(required=True)


class NewPlan(Schema):
    """A whole plan: `shown outside hours queues questions menus nodes numbers`, as `GET` gives it."""

    shown = fields.String(required=True)
    outside = fields.String(required=True)
    hours = fields.Dict(required=True)
    queues = fields.Dict(required=True)
    numbers = fields.Dict(required=True)
    menus = fields.Dict()
    nodes = fields.Dict()
    questions = fields.List(fields.Dict())


@resource.on("/plan", "GET", answer=PlanInForce)
def current() -> dict[str, Any]:
    """The plan in force."""
    guard.require(*services.MAY_READ)
    with product().engine.read() as session:
        version = plans.current_version(session)
        return {"version": version, "plan": services.body_of(session, version)}


@resource.on("/plan/versions", "GET", answer=PlanVersions)
def versions() -> dict[str, Any]:
    """The newest versions."""
    guard.require(*services.MAY_READ)
    with product().engine.read() as session:
        return {"items": services.versions(session)}


@resource.on("/plan/versions/<version>", "GET", answer=PlanInForce)
def one(version: str) -> dict[str, Any]:
    """A version as it was put into force."""
    guard.require(*services.MAY_READ)
    number = number_in(version)
    with product().engine.read() as session:
        return {"version": number, "plan": services.body_of(session, number)}


@resource.on("/plan", "PUT", answer=Changed)
@resource.takes(ChangeQuery, location="query")
@resource.shows(NewPlan)
def change(query: dict[str, Any]) -> dict[str, int]:
    """Put another plan into force, for every call that begins afterwards; each place that is wrong is named."""
    who = guard.require(*rights.PLAN_CALLS)
    body = Parser().load_json(request, None)
    if not isinstance(body, dict):
        raise Malformed("请求体应为 JSON 对象。 The body must be a JSON object.")
    note, seen = query["note"], query["seen"]
    return {"version": product().engine.transact(who, lambda work: services.publish(work.session, who, body, note, work.now, seen=seen))}
