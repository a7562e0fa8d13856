"""Shapes of calls and of what is asked of them."""

from marshmallow import Schema, fields, validate

from api.rest import Body


class CallQuery(Body):
    """Which calls."""

    number = fields.String(validate=validate.Length(max=40))
    agent = fields.String(validate=validate.Length(max=64))
    day = fields.Date()
    case_no = fields.String(validate=validate.Length(max=40))
    queue = fields.String(validate=validate.Length(max=32))
    outcome = fields.String(validate=validate.Length(max=16))
    live = fields.Boolean()
    cursor = fields.String()
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class AskBody(Body):
    """What an action needs: `to` (`agent:<account>` or digits) for consult, conference and transfer; `keys` for press; `mode`
    (`listen`, `whisper`, `barge`) for supervise."""

    to = fields.String(validate=validate.Length(max=80))
    keys = fields.String(validate=validate.Length(max=32))
    mode = fields.String(validate=validate.Length(max=16))


class NewCallBody(Body):
    """Whom to call from one's seat."""

    number = fields.String(required=True, validate=validate.Length(1, 40))
    case_no = fields.String(load_default="", validate=validate.Length(max=40))


class Asked(Schema):
    """Something that was asked, to be looked at under `/telephony/commands/{command}`."""

    command = fields.String(required=True)
    call_id = fields.String(required=True)


class Command(Schema):
    """What became of something asked."""

    command = fields.String(required=True)
    kind = fields.String(required=True)
    call_id = fields.String(required=True)
    by = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "open, taken, done or refused"})
    answer = fields.String(required=True, metadata={"description": "why it was refused"})
    asked_at = fields.AwareDateTime(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)


class CallFacts(Schema):
    """What is told of every call."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    number = fields.String(required=True)
    service = fields.String(required=True)
    queue = fields.String(required=True)
    agent = fields.String(required=True, allow_none=True)
    case_no = fields.String(required=True)
    began_at = fields.AwareDateTime(required=True)
    talking_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class PhoneCall(CallFacts):
    """A call; the number is masked."""

    queued_at = fields.AwareDateTime(required=True, allow_none=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)
    outcome = fields.String(required=True)
    talked_ms = fields.Integer(required=True)


class Leg(Schema):
    """A leg of a call (话路). `ring` is the ring on which an agent answered (T12): the second is right, `ring_kept` says whether it was."""

    ring = fields.Integer(required=True, allow_none=True)
    ring_kept = fields.Boolean(required=True, allow_none=True)

    id = fields.String(required=True)
    role = fields.String(required=True)
    agent = fields.String(required=True, allow_none=True)
    number = fields.String(required=True)
    state = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    up_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    cause = fields.Integer(required=True, allow_none=True)
    talked_ms = fields.Integer(required=True)


class PhoneRecording(Schema):
    """A recording."""

    name = fields.String(required=True)
    call_id = fields.String(required=True)
    kind = fields.String(required=True)
    agent = fields.String(required=True, allow_none=True)
    case_no = fields.String(required=True)
    seconds = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    bytes = fields.Integer(required=True, allow_none=True)
    sha256 = fields.String(required=True)


class WholeCall(PhoneCall):
    """A call with everything that belongs to it."""

    legs = fields.List(fields.Nested(Leg), required=True)
    recordings = fields.List(fields.Nested(PhoneRecording), required=True)
    cases = fields.List(fields.String(), required=True)
    commands = fields.List(fields.Nested(Command), required=True)


class CallList(Schema):
    """A page of calls, newest first."""

    items = fields.List(fields.Nested(PhoneCall), required=True)
    next = fields.String(required=True, allow_none=True)
