"""Shapes of the history."""

from marshmallow import Schema, fields, validate

from api.rest import Body


class PageQuery(Body):
    """Which page."""

    cursor = fields.String(metadata={"description": "`next` of the page before"})


class HistoryStep(Schema):
    """One step of one instance. `seq` numbers the stored row within its instance, `step` the step within the row."""

    seq = fields.Integer(required=True)
    step = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    type = fields.String(required=True)
    element_id = fields.String(required=True, allow_none=True)
    flow_id = fields.String()
    actor = fields.String(required=True)
    instance_id = fields.String(required=True)
    definition = fields.String(required=True)
    version = fields.Integer(required=True)
    data = fields.Dict()
    prev_hash = fields.String(required=True, validate=validate.Length(equal=64))
    hash = fields.String(required=True, validate=validate.Length(equal=64))


class HistoryPage(Schema):
    """Steps in the order they happened, at least 1,000 a page but for the last."""

    items = fields.List(fields.Nested(HistoryStep), required=True)
    next = fields.String(required=True, allow_none=True)
