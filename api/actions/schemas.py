"""Shapes of side actions."""

from marshmallow import Schema, fields, validate

from api.rest import Body


class ActionBody(Body):
    """What an action needs: `text` (urge, supplement, note), `reason` (withdraw, extend), `work_order` and `days` (extend),
    `case_no` and `kind` (link)."""

    text = fields.String()
    reason = fields.String()
    work_order = fields.String(validate=validate.Length(1, 40))
    days = fields.Integer(strict=True)
    case_no = fields.String(validate=validate.Length(1, 40))
    kind = fields.String(validate=validate.OneOf(("link", "merge")))


class Started(Schema):
    """The process that the action started."""

    instance_id = fields.String(required=True)
