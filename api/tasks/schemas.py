"""Shapes of tasks."""

from marshmallow import Schema, fields, validate

from api.cases.schemas import COLOURS, CaseTask, Lights
from api.rest import Body


class TaskQuery(Body):
    """Which tasks."""

    mine = fields.Boolean(load_default=False)
    group = fields.String(validate=validate.Length(1, 60))
    age = fields.String(validate=validate.OneOf(COLOURS))
    due = fields.String(validate=validate.OneOf(COLOURS))
    sort = fields.String(validate=validate.OneOf(("due", "created")))
    case_no = fields.String(validate=validate.Length(1, 40))
    element_id = fields.String(validate=validate.Length(1, 80))
    cursor = fields.String()
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class InboxTask(CaseTask):
    """One line of the inbox."""

    case_no = fields.String(required=True)
    title = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    lights = fields.Nested(Lights, required=True)


class Inbox(Schema):
    """A page of open tasks."""

    items = fields.List(fields.Nested(InboxTask), required=True)
    next = fields.String(required=True, allow_none=True)


Component = Schema.from_dict(
    {
        "key": fields.String(required=True),
        "label": fields.String(required=True),
        "type": fields.String(required=True),
        "subtype": fields.String(),
        "values": fields.List(fields.Dict()),
        "validate": fields.Dict(),
    },
    name="Component",
)
"""One field of a form; more rules may stand beside these. Made from a dictionary, since a schema has a method `validate`."""


class Form(Schema):
    """A form, flat."""

    components = fields.List(fields.Nested(Component), required=True)


class Task(Schema):
    """An open task with its form; `data` are the values that the form declares for it, and over them the caller's own draft."""

    id = fields.String(required=True)
    element_id = fields.String(required=True)
    name = fields.String(required=True)
    case_no = fields.String(required=True)
    instance_id = fields.String(required=True)
    candidate_groups = fields.List(fields.String(), required=True)
    assignee = fields.String(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    form = fields.Nested(Form, required=True)
    data = fields.Dict(required=True)
    draft_saved_at = fields.AwareDateTime(required=True, allow_none=True)


class Answers(Body):
    """What was filled in, by field."""

    data = fields.Dict(required=True)


class Recipient(Body):
    """To whom a task is handed."""

    to = fields.String(required=True, validate=validate.Length(1, 80))


class Moved(Schema):
    """What became of a task."""

    id = fields.String(required=True)
    state = fields.String(required=True)
    assignee = fields.String(allow_none=True)
