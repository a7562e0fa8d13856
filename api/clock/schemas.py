"""Shapes of the test clock."""

from marshmallow import Schema, fields

from api.rest import Body


class Advance(Body):
    """By how much the clock is to move on."""

    duration = fields.String(required=True, metadata={"description": "ISO 8601, e.g. P3D"})


class Now(Schema):
    """Where the clock stands."""

    now = fields.AwareDateTime(required=True)


class Advanced(Now):
    """Where the clock stands after it moved, and how many timers fired."""

    fired = fields.Integer(required=True)
