"""Shapes of instances."""

from marshmallow import Schema, fields


class InstanceToken(Schema):
    """Where the process stands."""

    element_id = fields.String(required=True)
    name = fields.String(required=True)
    definition = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)


class Instance(Schema):
    """A process instance; `variables` are null for those who may not see them."""

    id = fields.String(required=True)
    case_no = fields.String(required=True)
    definition = fields.String(required=True)
    version = fields.Integer(required=True)
    status = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    tokens = fields.List(fields.Nested(InstanceToken), required=True)
    variables = fields.Dict(required=True, allow_none=True)
