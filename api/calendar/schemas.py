"""Shapes of the calendar's years."""

from marshmallow import Schema, fields, validate

from api.rest import Body


class YearBody(Body):
    """A year's table: days off, and weekend days that are worked instead (调休), each with its festival."""

    source = fields.String(required=True, validate=validate.Length(1, 200))
    provisional = fields.Boolean(load_default=False)
    holidays = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    workdays = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


class KnownYear(Schema):
    """A year that the calendar knows; `loaded_at` is null for one that came with the product."""

    year = fields.Integer(required=True)
    provisional = fields.Boolean(required=True)
    source = fields.String(required=True)
    holidays = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    workdays = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    loaded_at = fields.AwareDateTime(required=True, allow_none=True)
    loaded_by = fields.String(required=True, allow_none=True)


class KnownYears(Schema):
    """Every year, newest first."""

    items = fields.List(fields.Nested(KnownYear), required=True)
    next = fields.String(required=True, allow_none=True)
