"""Shapes of deliveries."""

from marshmallow import Schema, fields, validate

from api.rest import Body


class DeliveryQuery(Body):
    """Which deliveries."""

    state = fields.String(validate=validate.OneOf(("waiting", "queued", "done", "dead", "cancelled")))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))


class Delivery(Schema):
    """One delivery, without its body."""

    id = fields.String(required=True)
    connector = fields.String(required=True)
    case_no = fields.String(required=True)
    state = fields.String(required=True)
    attempts = fields.Integer(required=True)
    due_at = fields.AwareDateTime(required=True)
    created_at = fields.AwareDateTime(required=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)


class Deliveries(Schema):
    """The newest deliveries."""

    items = fields.List(fields.Nested(Delivery), required=True)
    next = fields.String(required=True, allow_none=True)
