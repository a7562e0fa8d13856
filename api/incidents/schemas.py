"""Shapes of incidents."""

from marshmallow import Schema, fields, validate

from api.rest import Body
from engine.outbox.models import DELIVERY, STEP
from engine.outbox.settling import ACTIONS, LONGEST_REASON

STATES = ("open", "retried", "skipped", "cancelled", "resolved")


class IncidentQuery(Body):
    """Which incidents; an empty `state` means all."""

    state = fields.String(load_default="open", validate=validate.OneOf(("", *STATES)))
    kind = fields.String(validate=validate.OneOf((STEP, DELIVERY)))
    cause = fields.String(validate=validate.Length(1, 80))
    place = fields.String(validate=validate.Length(1, 80))
    group = fields.String(validate=validate.Length(1, 16))
    case_no = fields.String(validate=validate.Length(1, 40))
    cursor = fields.String()


class Deed(Body):
    """Why; skipping and cancelling want a reason. `whole_case` cancels every process instance of the case."""

    reason = fields.String(load_default="", validate=validate.Length(max=LONGEST_REASON))
    whole_case = fields.Boolean(load_default=False)


class GroupDeed(Body):
    """Why, for all of a group."""

    reason = fields.String(load_default="", validate=validate.Length(max=LONGEST_REASON))


class Choice(Schema):
    """Whether an action is possible, and what it does or why it is not."""

    possible = fields.Boolean(required=True)
    text = fields.String(required=True)


class Incident(Schema):
    """A step or a delivery that failed."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    place = fields.String(required=True, metadata={"description": "the process, or the connector"})
    element_id = fields.String(required=True, allow_none=True)
    cause = fields.String(required=True)
    group = fields.String(required=True)
    case_no = fields.String(required=True)
    instance_id = fields.String(required=True, allow_none=True)
    delivery_id = fields.String(required=True, allow_none=True)
    origin = fields.String(required=True)
    message = fields.String(required=True)
    message_en = fields.String(required=True)
    times = fields.Integer(required=True)
    state = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    last_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    closed_by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class WholeIncident(Incident):
    """One incident with its trace and with what can be done about it."""

    trace = fields.String(required=True, allow_none=True)
    actions = fields.Dict(keys=fields.String(validate=validate.OneOf(ACTIONS)), values=fields.Nested(Choice), required=True)


class Incidents(Schema):
    """Incidents, oldest first."""

    items = fields.List(fields.Nested(Incident), required=True)
    next = fields.String(required=True, allow_none=True)


class Group(Schema):
    """The incidents of one place and one cause."""

    group = fields.String(required=True)
    kind = fields.String(required=True)
    place = fields.String(required=True)
    element_id = fields.String(required=True, allow_none=True)
    cause = fields.String(required=True)
    count = fields.Integer(required=True)
    cases = fields.Integer(required=True)
    times = fields.Integer(required=True)
    first = fields.AwareDateTime(required=True)
    last = fields.AwareDateTime(required=True)


class Groups(Schema):
    """The groups, the largest first."""

    items = fields.List(fields.Nested(Group), required=True)
    next = fields.String(required=True, allow_none=True)


class Batch(Schema):
    """An action on a whole group and how far it has come."""

    id = fields.String(required=True)
    group = fields.String(required=True)
    action = fields.String(required=True)
    reason = fields.String(required=True)
    actor = fields.String(required=True)
    total = fields.Integer(required=True)
    done = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    state = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
