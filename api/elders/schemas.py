"""Shapes of elders: masked in lists, whole only for a reason."""

from marshmallow import Schema, fields, validate

from api.rest import Body
from engine import reasons
from processes.registry.elders.finding import STATES


class ContactBody(Body):
    """Somebody to call: `family`, `liaison` or `doctor`."""

    role = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)


class ChangeBody(Body):
    """What shall be different; a field that is left out stays. `contacts` are all of them, in calling order."""

    name = fields.String()
    phone = fields.String()
    address = fields.String()
    area = fields.String(allow_none=True)
    health = fields.String(allow_none=True)
    profile = fields.String(allow_none=True)
    contacts = fields.List(fields.Nested(ContactBody))


class ElderBody(Body):
    """An elder with the first device; `line` is the number that it calls from."""

    name = fields.String(required=True)
    phone = fields.String(required=True)
    device = fields.String(required=True)
    address = fields.String(required=True)
    area = fields.String(load_default=None, allow_none=True)
    line = fields.String(load_default=None, allow_none=True)
    health = fields.String(load_default=None, allow_none=True)
    profile = fields.String(load_default=None, allow_none=True)
    contacts = fields.List(fields.Nested(ContactBody), load_default=list)


class DeviceBody(Body):
    """A device, and the number that it calls from."""

    device = fields.String(required=True)
    line = fields.String(load_default=None, allow_none=True)


class DeviceEndBody(Body):
    """A device that is taken back, and why."""

    device = fields.String(required=True)
    reason = fields.String(required=True, validate=validate.Length(max=reasons.LONGEST))


class ReasonBody(Body):
    """Why."""

    reason = fields.String(required=True, validate=validate.Length(max=reasons.LONGEST))


class ElderQuery(Body):
    """A whole name, a number, a device's code; how the devices stand; from where on."""

    q = fields.String(load_default="", validate=validate.Length(max=64))
    state = fields.String(load_default="", validate=validate.OneOf(("", *STATES)))
    cursor = fields.String(load_default=None)


class Device(Schema):
    """A device with its line, masked, and when it was last heard of."""

    device = fields.String(required=True)
    line = fields.String(required=True, allow_none=True)
    active = fields.Boolean(required=True)
    silent = fields.Boolean(required=True)
    last_test_at = fields.AwareDateTime(required=True)


class Contact(Schema):
    """Somebody to call, in this order."""

    place = fields.Integer(required=True)
    role = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)


class ElderShown(Schema):
    """An elder, name and number masked, the address left out."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)
    area = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    devices = fields.List(fields.Nested(Device), required=True)


class ElderList(Schema):
    """The last enrolled first."""

    items = fields.List(fields.Nested(ElderShown), required=True)
    next = fields.String(required=True, allow_none=True)


class ElderOne(ElderShown):
    """An elder with the contacts, masked."""

    contacts = fields.List(fields.Nested(Contact), required=True)


class ElderWhole(ElderOne):
    """Everything, in the clear."""

    address = fields.String(required=True)
    health = fields.String(required=True, allow_none=True)
    profile = fields.String(required=True, allow_none=True)
