"""Shapes of definitions."""

from marshmallow import Schema, fields, validate

from api.rest import Body


class DeployQuery(Body):
    """How to deploy."""

    dry_run = fields.Boolean(load_default=False)


class ListQuery(Body):
    """Which definitions."""

    kind = fields.String(validate=validate.OneOf(("process", "decision", "form")))


class Finding(Schema):
    """What the linter found; `element_id` is null only for the whole file."""

    file = fields.String(required=True)
    element_id = fields.String(required=True, allow_none=True)
    rule = fields.String(required=True)
    severity = fields.String(required=True, validate=validate.OneOf(("error", "warning")))
    message = fields.String(required=True)
    message_en = fields.String(required=True)
    remedy = fields.String(required=True)
    remedy_en = fields.String(required=True)


class Deployed(Schema):
    """One definition of a deployment."""

    key = fields.String(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True)
    new = fields.Boolean(required=True)


class Deployment(Schema):
    """What a deployment did, or would do."""

    definitions = fields.List(fields.Nested(Deployed), required=True)
    findings = fields.List(fields.Nested(Finding), required=True)


class Definition(Schema):
    """One version. `checked_at` and `simulated_at` are facts on it."""

    key = fields.String(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(("draft", "published", "retired")))
    file = fields.String(required=True)
    digest = fields.String(required=True)
    author = fields.String(required=True)
    approver = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    checked_at = fields.AwareDateTime(required=True)
    simulated_at = fields.AwareDateTime(required=True, allow_none=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    warnings = fields.List(fields.Nested(Finding), required=True)


class Definitions(Schema):
    """A list of versions."""

    items = fields.List(fields.Nested(Definition), required=True)
    next = fields.String(required=True, allow_none=True)
