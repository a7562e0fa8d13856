"""Shapes of callbacks."""

from marshmallow import INCLUDE, Schema, fields


class Callback(Schema):
    """What a department's OA says of a work order, with the keys of the form that the event completes beside."""

    class Meta:
        """marshmallow's options."""

        unknown = INCLUDE

    work_order = fields.String(required=True)
    event = fields.String(required=True)


class Applied(Schema):
    """What the callback did."""

    work_order = fields.String(required=True)
    event = fields.String(required=True)
    status = fields.String(required=True)
    instance_id = fields.String()
