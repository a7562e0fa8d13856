"""Shapes of customers' classes."""

from marshmallow import Schema, fields, validate

from api.rest import Body
from processes.registry.citizens.classes import CLASSES


class CustomerQuery(Body):
    """Of which class, and from where on."""

    of_class = fields.String(data_key="class", load_default=None, validate=validate.OneOf(CLASSES))
    cursor = fields.String(load_default=None)


class CustomerBody(Body):
    """A citizen by name and number, however they are written, and the class: `vip` or `important`."""

    name = fields.String(required=True)
    phone = fields.String(required=True)
    of_class = fields.String(data_key="class", required=True, validate=validate.OneOf(CLASSES))


class Customer(Schema):
    """A citizen, masked, with a class, by whose word and since when."""

    citizen = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)
    of_class = fields.String(data_key="class", attribute="class", required=True)
    by = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class CustomerList(Schema):
    """The last entered first."""

    items = fields.List(fields.Nested(Customer), required=True)
    next = fields.String(required=True, allow_none=True)
