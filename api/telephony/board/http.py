"""`GET /telephony/board`: queues and agents as they are now; `/telephony/board/hours`: a day of the queues by the hour."""

from typing import Any

from marshmallow import Schema, fields, validate

from api.auth import guard, rights
from api.product import product
from api.rest import PREFIX, Body, Resource
from api.telephony.board import hours, services
from engine import clock
from processes.deadlines.zone import local_day

resource = Resource("telephony-board", __name__, "话务监控。 The supervisor's board.", PREFIX + "/telephony")


class QueueNow(Schema):
    """A queue now and today; `levels` by figure: fine, watch, alarm."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    waiting = fields.Integer(required=True)
    longest_seconds = fields.Integer(required=True, allow_none=True)
    ready = fields.Integer(required=True)
    busy = fields.Integer(required=True)
    away = fields.Integer(required=True)
    answered = fields.Integer(required=True)
    abandoned = fields.Integer(required=True)
    service_level = fields.Integer(required=True, allow_none=True)
    abandoned_percent = fields.Integer(required=True, allow_none=True)
    levels = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class AgentNow(Schema):
    """An agent at a seat; `offline` when it is a locked one that they have signed out of."""

    agent = fields.String(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True)
    since = fields.AwareDateTime(required=True)
    place = fields.String(required=True)
    endpoint = fields.String(required=True)
    locked = fields.Boolean(required=True)
    queues = fields.List(fields.String(), required=True)
    call_id = fields.String(required=True)
    call_state = fields.String(required=True)
    number = fields.String(required=True)


class BoardNow(Schema):
    """All of it."""

    at = fields.AwareDateTime(required=True)
    queues = fields.List(fields.Nested(QueueNow), required=True)
    agents = fields.List(fields.Nested(AgentNow), required=True)


class DayQuery(Body):
    """Which local day, today by itself, and which queue, all by themselves."""

    day = fields.Date()
    queue = fields.String(load_default="", validate=validate.Length(max=32))


class HourOfADay(Schema):
    """An hour on Shanghai's clock (null: the whole day). `in_time`: within fifteen seconds; `waited_seconds`: mean of those answered."""

    hour = fields.Integer(required=True, allow_none=True)
    answered = fields.Integer(required=True)
    in_time = fields.Integer(required=True)
    abandoned = fields.Integer(required=True)
    waited_seconds = fields.Integer(required=True, allow_none=True)
    service_level = fields.Integer(required=True, allow_none=True)


class DayOfQueues(Schema):
    """The hours from the first to the last with a call, and all together."""

    hours = fields.List(fields.Nested(HourOfADay), required=True)
    total = fields.Nested(HourOfADay, required=True)


@resource.on("/board", "GET", answer=BoardNow)
def board() -> dict[str, Any]:
    """Every queue of the plan, every agent at a seat, and who has signed out of a locked one."""
    guard.require(*rights.SUPERVISE_CALLS)
    with product().engine.read() as session:
        return services.as_json(services.board(session, clock.now()))


@resource.on("/board/hours", "GET", answer=DayOfQueues)
@resource.takes(DayQuery, "query")
def day(query: dict[str, Any]) -> dict[str, Any]:
    """A day of the queues by the hour: answered, in time, abandoned, waited."""
    guard.require(*rights.SEE_CALLS)
    with product().engine.read() as session:
        return hours.as_json(hours.day(session, query.get("day") or local_day(clock.now()), query["queue"]))
