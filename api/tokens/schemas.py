"""Shapes of the log-in."""

from marshmallow import Schema, fields, validate

from api.rest import Body


class LogIn(Body):
    """Who wants a token."""

    username = fields.String(required=True, validate=validate.Length(1, 80))
    password = fields.String(required=True, validate=validate.Length(1, 200), load_only=True)


class Token(Schema):
    """A bearer token, shown once."""

    token = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)
