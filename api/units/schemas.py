"""Shapes of units."""

from marshmallow import Schema, fields


class CallbackSecret(Schema):
    """The secret by which a unit's OA signs, told once."""

    secret = fields.String(required=True, metadata={"description": "whsec_…"})


class Unit(Schema):
    """A unit that work orders can go to."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)


class Units(Schema):
    """The units, by code."""

    items = fields.List(fields.Nested(Unit), required=True)
    next = fields.String(required=True, allow_none=True)
