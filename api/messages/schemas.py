"""Shapes of messages."""

from marshmallow import Schema, fields, validate

from api.rest import Body


class NewMessage(Body):
    """A message for whichever instance waits for it."""

    name = fields.String(required=True, validate=validate.Length(1, 80))
    correlation = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.String(validate=validate.Length(1, 100)),
        required=True,
        validate=validate.Length(1, 4),
    )
    payload = fields.Dict(load_default=dict)


class Accepted(Schema):
    """The message was taken."""

    name = fields.String(required=True)
    accepted = fields.Boolean(required=True)
