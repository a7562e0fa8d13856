"""Shapes of cases."""

from marshmallow import Schema, fields, validate

from api.rest import Body

COLOURS = ("green", "none", "yellow", "red", "red_hollow")


class CitizenBody(Body):
    """The person a case is for."""

    name = fields.String(required=True, validate=validate.Length(1, 60))
    phone = fields.String(required=True, validate=validate.Length(1, 40))


class NewCaseBody(Body):
    """A case to open; `citizen` or `anonymous_reason`."""

    category = fields.String(required=True, validate=validate.Length(1, 80))
    channel = fields.String(required=True, validate=validate.Length(1, 20))
    title = fields.String(required=True)
    content = fields.String(required=True)
    citizen = fields.Nested(CitizenBody, allow_none=True, load_default=None)
    anonymous_reason = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=500))
    area = fields.String(allow_none=True, load_default=None)
    address = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=300))
    confidential = fields.Boolean(load_default=False)
    variables = fields.Dict(keys=fields.String(), load_default=dict)


class OpenedCase(Schema):
    """A case just opened; the query code is told only here."""

    case_no = fields.String(required=True)
    query_code = fields.String(required=True)
    category = fields.String(required=True)
    status = fields.String(required=True)
    instance_id = fields.String(required=True)


class CorrectionBody(Body):
    """Texts to put right; those left out stay as they are."""

    reason = fields.String(required=True)
    title = fields.String()
    content = fields.String()
    demand = fields.String()
    respondent = fields.String()
    address = fields.String()


class Corrected(Schema):
    """Which texts were changed."""

    case_no = fields.String(required=True)
    corrected = fields.List(fields.String(), required=True)


class WishBody(Body):
    """Whether the citizen wants text messages, and what was said."""

    wanted = fields.Boolean(required=True)
    reason = fields.String(required=True)


class Wish(Schema):
    """Whether the citizen's number gets text messages."""

    case_no = fields.String(required=True)
    wanted = fields.Boolean(required=True)


class CaseQuery(Body):
    """Which cases."""

    category = fields.String()
    status = fields.String(validate=validate.OneOf(("open", "closed")))
    unit = fields.String()
    q = fields.String(validate=validate.Length(max=100))
    age = fields.String(validate=validate.OneOf(COLOURS))
    due = fields.String(validate=validate.OneOf(COLOURS))
    cursor = fields.String()
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class Lights(Schema):
    """Both lamps; null before the first dispatch."""

    age = fields.String(required=True, allow_none=True, validate=validate.OneOf(COLOURS))
    due = fields.String(required=True, allow_none=True, validate=validate.OneOf(COLOURS))


class CaseRow(Schema):
    """One case of a list."""

    case_no = fields.String(required=True)
    category = fields.String(required=True)
    channel = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    lights = fields.Nested(Lights, required=True, allow_none=True)
    units = fields.List(fields.String(), required=True)
    opened_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)


class CaseList(Schema):
    """A page of cases, newest first."""

    items = fields.List(fields.Nested(CaseRow), required=True)
    next = fields.String(required=True, allow_none=True)


class CaseTask(Schema):
    """An open task of a case."""

    id = fields.String(required=True)
    element_id = fields.String(required=True)
    name = fields.String(required=True)
    instance_id = fields.String(required=True)
    candidate_groups = fields.List(fields.String(), required=True)
    assignee = fields.String(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)


class CaseWorkOrder(Schema):
    """A work order of a case."""

    work_order = fields.String(required=True)
    unit = fields.String(required=True)
    role = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True)
    lights = fields.Nested(Lights, required=True)
    status = fields.String(required=True)


class CaseInstance(Schema):
    """A process instance of a case."""

    id = fields.String(required=True)
    definition = fields.String(required=True)
    version = fields.Integer(required=True)
    status = fields.String(required=True)


class Case(Schema):
    """One case with its open tasks, oldest first; more facts stand beside these."""

    case_no = fields.String(required=True)
    category = fields.String(required=True)
    status = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    lights = fields.Nested(Lights, required=True, allow_none=True)
    tasks = fields.List(fields.Nested(CaseTask), required=True)
    work_orders = fields.List(fields.Nested(CaseWorkOrder), required=True)
    instances = fields.List(fields.Nested(CaseInstance), required=True)
