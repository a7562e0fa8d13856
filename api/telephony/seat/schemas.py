"""Shapes of seats."""

from marshmallow import Schema, fields, validate

from api.rest import Body


class SignInBody(Body):
    """Where one sits. Without `endpoint` the telephone is this browser."""

    endpoint = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 64))
    queues = fields.List(fields.String(validate=validate.Length(max=32)), required=True)
    place = fields.String(load_default="", validate=validate.Length(max=64))
    area = fields.String(load_default="", validate=validate.Length(max=32))


class NotReadyBody(Body):
    """Why no calls are taken: break, meal, training, paperwork or other."""

    reason = fields.String(required=True, validate=validate.Length(max=32))


class Seat(Schema):
    """A seat: states `offline ready reserved busy wrap_up not_ready`."""

    agent = fields.String(required=True)
    state = fields.String(required=True)
    reason = fields.String(required=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    until = fields.AwareDateTime(required=True, allow_none=True)
    endpoint = fields.String(required=True)
    place = fields.String(required=True)
    area = fields.String(required=True)
    queues = fields.List(fields.String(), required=True)
    call_id = fields.String(required=True)
    locked = fields.Boolean(required=True)
    softphone = fields.Boolean(required=True)


class Seats(Schema):
    """Every seat at which somebody is, and every locked one."""

    items = fields.List(fields.Nested(Seat), required=True)


class Softphone(Schema):
    """What a browser registers with."""

    websocket = fields.String(required=True)
    uri = fields.String(required=True)
    user = fields.String(required=True)
    password = fields.String(required=True)


class Waiting(Schema):
    """A call that waits in one of one's queues."""

    id = fields.String(required=True)
    number = fields.String(required=True)
    queue = fields.String(required=True)
    state = fields.String(required=True)
    agent = fields.String(required=True, allow_none=True)
    queued_at = fields.AwareDateTime(required=True)
    waited_seconds = fields.Integer(required=True)


class WaitingCalls(Schema):
    """The longest first."""

    items = fields.List(fields.Nested(Waiting), required=True)
