"""Shapes of recordings."""

from marshmallow import Schema, fields, validate

from api.rest import Body
from api.telephony.calls.schemas import PhoneRecording
from api.telephony.recordings.sampling import LONGEST, USUAL


class RecordingQuery(Body):
    """Of which call or case."""

    call = fields.String(load_default="", validate=validate.Length(max=32))
    case_no = fields.String(load_default="", validate=validate.Length(max=40))


class HearQuery(Body):
    """Why somebody listens; `download` has the browser keep it as a file."""

    reason = fields.String(required=True, validate=validate.Length(max=200))
    download = fields.Boolean(load_default=False)


class SampleQuery(Body):
    """Of whom, and how many days back chance may reach."""

    agent = fields.String(load_default="", validate=validate.Length(max=64))
    days = fields.Integer(load_default=USUAL, validate=validate.Range(1, LONGEST))


class Sample(Schema):
    """What chance has picked; nothing when all were heard."""

    item = fields.Nested(PhoneRecording, required=True, allow_none=True)


class RecordingList(Schema):
    """Recordings, newest first."""

    items = fields.List(fields.Nested(PhoneRecording), required=True)
