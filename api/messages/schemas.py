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
    ttl = fields.String(
        validate=validate.Length(1, 40),
        metadata={"description": "ISO 8601 duration: how long it is kept if nobody waits yet; 30 days without it", "example": "P3D"},
    )


class Accepted(Schema):
    """The message was taken."""

    name = fields.String(required=True)
    accepted = fields.Boolean(required=True)
