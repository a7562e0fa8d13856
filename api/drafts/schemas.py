"""Shapes of drafts."""

from marshmallow import Schema, fields

from api.rest import Body


class DraftBody(Body):
    """What has been filled in so far, by field; nothing is checked yet."""

    data = fields.Dict(keys=fields.String(), required=True)


class Saved(Schema):
    """When a draft was kept."""

    id = fields.String(required=True)
    saved_at = fields.AwareDateTime(required=True, allow_none=True)
