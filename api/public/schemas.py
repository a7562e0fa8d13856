"""Shapes of the citizen's query."""

from marshmallow import Schema, fields, validate

from api.rest import Body


class CodeQuery(Body):
    """The secret code told when the case was opened."""

    code = fields.String(required=True, validate=validate.Length(1, 40))


class ProgressStep(Schema):
    """Something that happened, in words."""

    at = fields.AwareDateTime(required=True)
    text = fields.String(required=True)


class Progress(Schema):
    """How a case stands, without names; a merged case is closed, while its `matter` goes on with another report of the same."""

    case_no = fields.String(required=True)
    status = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    merged = fields.Boolean(required=True)
    matter = fields.String(required=True)
    age = fields.String(required=True, allow_none=True)
    steps = fields.List(fields.Nested(ProgressStep), required=True)
    answer = fields.String()
