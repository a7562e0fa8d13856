"""Shapes of recordings."""

from marshmallow import Schema, fields, validate

from api.rest import Body
from api.telephony.calls.schemas import PhoneRecording


class RecordingQuery(Body):
    """Of which call or case."""

    call = fields.String(load_default="", validate=validate.Length(max=32))
    case_no = fields.String(load_default="", validate=validate.Length(max=40))


class HearQuery(Body):
    """Why somebody listens; `download` has the browser keep it as a file."""

    reason = fields.String(required=True, validate=validate.Length(max=200))
    download = fields.Boolean(load_default=False)


class RecordingList(Schema):
    """Recordings, newest first."""

    items = fields.List(fields.Nested(PhoneRecording), required=True)
