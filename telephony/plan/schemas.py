"""The shape of a plan as people write it, and every way in which it can be wrong, told at once and by place."""

import re
from collections.abc import Iterator, Mapping
from datetime import time
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from telephony.plan import node_schemas as nodes
from telephony.plan import ways
from telephony.plan.nodes import KNOWN
from telephony.plan.values import CATCH_ALL, Hours, Menu, Number, Queue
from telephony.prompts import TEXTS

NAME = validate.Regexp(r"^[a-z][a-z0-9_]{0,31}$", error="只能用小写字母、数字和下划线。 Use lower-case letters, digits and underscores.")
PROMPT = validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,63}$", error="提示音名称有误。 This is no name of a prompt.")
DIALLED = validate.Regexp(r"^(\*|\d{2}\*\d|\d{2,18})$", error="号码有误。 This is no number.")
TARGET = re.compile(r"(menu|node|queue|voicemail|pager):([a-z][a-z0-9_]*)|human|end")
TOPOLOGIES = ("direct", "centre")
OUTSIDE = validate.Regexp(
    r"^[A-Za-z]+/[^{}\s]*(\{number\}[^{}\s]*)+\Z",
    error="应形如 PJSIP/{{number}}@trunk，花括号里只能是 number。 Write it as PJSIP/{{number}}@trunk, with nothing else in braces.",
)
OURS = ("call_id",)
"""What is told with a survey's answers anyway."""
ANSWER = validate.NoneOf(OURS, error="这个名称系统已用，请换一个。 This name is the exchange's own: choose another one.")


def _clock(text: str) -> time:
    try:
        found = time.max if text == "24:00" else time.fromisoformat(text)
    except ValueError:
        raise ValidationError({"spans": ["时间应写作 08:30。 Write the time as 08:30."]}) from None
    if found.tzinfo is not None:
        raise ValidationError({"spans": ["时间不带时区，一律为北京时间，写作 08:30。 Write the time without a zone: it is Beijing's."]})
    return found


class HoursSchema(Schema):
    """See `Hours`."""

    always = fields.Boolean(load_default=False)
    workdays_only = fields.Boolean(load_default=True)
    spans = fields.List(fields.List(fields.String(), validate=validate.Length(equal=2)), load_default=list)

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Hours:
        """The value."""
        spans = tuple((_clock(begin), _clock(end)) for begin, end in data["spans"])
        if not data["always"] and (not spans or any(begin >= end for begin, end in spans)):
            raise ValidationError({"spans": ["每段时间的结束须晚于开始。 Each span must end after it begins, and there must be one."]})
        return Hours(data["always"], data["workdays_only"], spans)


class QueueSchema(Schema):
    """See `Queue`."""

    name = fields.String(required=True, validate=validate.Length(1, 40))
    hours = fields.String(load_default="always")
    closed = fields.String(load_default="voicemail", validate=validate.OneOf(("voicemail", "end")))
    ring_seconds = fields.Integer(load_default=15, validate=validate.Range(3, 120))
    wrap_seconds = fields.Integer(load_default=15, validate=validate.Range(0, 600))
    most_seconds = fields.Integer(load_default=600, validate=validate.Range(10, 7200))
    place_seconds = fields.Integer(load_default=30, validate=validate.Range(0, 600))
    recorded = fields.Boolean(load_default=True)
    area = fields.String(load_default="")

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Queue:
        """The value."""
        return Queue(**data)


class MenuSchema(Schema):
    """See `Menu`."""

    say = fields.List(fields.String(validate=PROMPT), required=True, validate=validate.Length(min=1))
    keys = fields.Dict(keys=fields.String(validate=validate.Regexp(r"^[0-9*#]$")), values=fields.String(), required=True)
    otherwise = fields.String(required=True)
    seconds = fields.Integer(load_default=5, validate=validate.Range(1, 60))
    rounds = fields.Integer(load_default=3, validate=validate.Range(1, 9))

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Menu:
        """The value."""
        return Menu(**{**data, "say": tuple(data["say"])})


class NumberSchema(Schema):
    """See `Number`."""

    name = fields.String(required=True, validate=validate.Length(1, 40))
    start = fields.String(required=True)
    human = fields.String(required=True, validate=validate.Regexp(r"^queue:", error="须为队列。 This must be a queue."))
    emergency = fields.Boolean(load_default=False)
    key = fields.String(load_default="", validate=validate.Regexp(r"^[0-9]?$"))

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Number:
        """The value."""
        return Number(**data)


class QuestionSchema(Schema):
    """One question of the survey."""

    name = fields.String(required=True, validate=[NAME, ANSWER])
    prompt = fields.String(required=True, validate=PROMPT)
    keys = fields.Dict(keys=fields.String(validate=validate.Regexp(r"^[0-9]$")), values=fields.String(), required=True)


class PlanSchema(Schema):
    """A whole plan."""

    shown = fields.String(required=True, validate=validate.Regexp(r"^\d{2,18}$"))
    outside = fields.String(required=True, validate=OUTSIDE)
    hours = fields.Dict(keys=fields.String(validate=NAME), values=fields.Nested(HoursSchema), required=True)
    queues = fields.Dict(
        keys=fields.String(validate=NAME), values=fields.Nested(QueueSchema), required=True, validate=validate.Length(min=1)
    )
    questions = fields.List(fields.Nested(QuestionSchema), load_default=list)
    menus = fields.Dict(keys=fields.String(validate=NAME), values=fields.Nested(MenuSchema), load_default=dict)
    nodes = fields.Dict(keys=fields.String(validate=NAME), values=nodes.AnyNode(), load_default=dict)
    numbers = fields.Dict(keys=fields.String(validate=DIALLED), values=fields.Nested(NumberSchema), required=True)

    @validates_schema(skip_on_field_errors=True)
    def lead_somewhere(self, data: Mapping[str, Any], **_more: Any) -> None:
        """Every target, prompt, span of hours and variable is there, and there is an entry for numbers that nobody named."""
        wrong: dict[str, list[str]] = {}
        known = {name: data[f"{name}s"] for name in ("menu", "node", "queue")} | {"voicemail": data["queues"], "pager": TOPOLOGIES}
        for place, target in ways.targets(data):
            found = TARGET.fullmatch(target)
            if found is None or (found[1] and found[2] not in known[found[1]]):
                wrong[place] = [f"没有这个去处：{target}。 There is no such target: {target}."]
        for place, target in ways.pagers_of_nobody(data):
            wrong[place] = [
                f"只有未列出的号码（*）通向 {target}，请列出呼叫器的号码。 Only unlisted numbers (*) lead to {target}: list one."
            ]
        for name, number in data["numbers"].items():
            if number.start.startswith(ways.PAGER) and not number.key:
                wrong[f"numbers.{name}.key"] = ["通向呼叫器的号码须写明是哪个键。 Say which button of a pager dials this number."]
        for place, names in _prompts(data):
            if unknown := " ".join(each for each in names if each not in TEXTS):
                wrong[place] = [f"没有这个提示音：{unknown}。 There is no such prompt: {unknown}."]
        for name, queue in data["queues"].items():
            if queue.hours not in data["hours"]:
                wrong[f"queues.{name}.hours"] = [f"没有这个服务时间：{queue.hours}。 There are no such hours: {queue.hours}."]
        variables = {*KNOWN, *(name for node in data["nodes"].values() for name in nodes.gives(node))}
        for name, node in data["nodes"].items():
            for place, unknown in nodes.unknown(node, variables).items():
                wrong[f"nodes.{name}.{place}"] = [f"没有这个变量：{unknown}。 There is no such variable: {unknown}."]
        if CATCH_ALL not in data["numbers"]:
            wrong["numbers"] = ["须有 * 一项，用于未列出的号码。 An entry * is needed, for numbers that are not listed."]
        if wrong:
            raise ValidationError(wrong)


def _prompts(data: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The prompts of a plan, by place."""
    yield from ((f"questions.{at}.prompt", (question["prompt"],)) for at, question in enumerate(data["questions"]))
    yield from ((f"menus.{name}.say", menu.say) for name, menu in data["menus"].items())
    yield from ((f"nodes.{name}.say", nodes.prompts(node)) for name, node in data["nodes"].items())
