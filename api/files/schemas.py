"""Shapes of attachments."""

from flask_smorest.fields import Upload
from marshmallow import Schema, fields

from api.rest import Body


class UploadedFile(Body):
    """The part of a multipart body that holds the file."""

    file = Upload(required=True)


class FileInfo(Schema):
    """What is known of an attachment; its `id` is the answer to a form's `file` field."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    media_type = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
