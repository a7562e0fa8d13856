"""Shapes of incidents."""

from marshmallow import Schema, fields


class Incident(Schema):
    """A step or a delivery that failed."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    case_no = fields.String(required=True)
    instance_id = fields.String(required=True, allow_none=True)
    element_id = fields.String(required=True, allow_none=True)
    delivery_id = fields.String(required=True, allow_none=True)
    message = fields.String(required=True)
    message_en = fields.String(required=True)
    state = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)


class Incidents(Schema):
    """The open incidents, oldest first."""

    items = fields.List(fields.Nested(Incident), required=True)
    next = fields.String(required=True, allow_none=True)
