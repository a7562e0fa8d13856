"""The shapes of a voice menu's nodes as people write them: `{"type": "branch", …}`."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from engine.expressions import uses
from telephony.plan.nodes import EXPRESSIONS, KNOWN, PERSON, Branch, Collect, Compute, Dial, Lookup, Node, Say, Spoken
from telephony.queries import QUESTIONS

VARIABLE = validate.Regexp(
    r"^[a-z][a-z0-9_]{0,31}$", error="变量名只能用小写字母、数字和下划线。 A variable has lower-case letters, digits and _."
)
SOME = validate.Length(min=1)


def _free_name(name: str) -> None:
    VARIABLE(name)
    if name in KNOWN:
        raise ValidationError(f"{name} 是系统变量，不能改写。 {name} is the exchange's own variable.")


def _expression(text: str) -> None:
    found = EXPRESSIONS.check(text)
    if found:
        raise ValidationError(f"表达式有误：{found[0].message} The expression is wrong: {found[0].message_en}")


class Expression(fields.String):
    """An expression over the call's variables."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=_expression, **more)


class ComputeSchema(Schema):
    """See `Compute`."""

    values = fields.Dict(keys=fields.String(validate=_free_name), values=Expression(), required=True, validate=SOME)
    next = fields.String(required=True)
    otherwise = fields.String(load_default=PERSON)

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Compute:
        """The value."""
        return Compute(**data)


class CaseSchema(Schema):
    """One way of a branch: `{"if": …, "next": …}`."""

    condition = Expression(required=True, data_key="if")
    next = fields.String(required=True)


class BranchSchema(Schema):
    """See `Branch`."""

    cases = fields.List(fields.Nested(CaseSchema), required=True, validate=SOME)
    otherwise = fields.String(load_default=PERSON)

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Branch:
        """The value."""
        return Branch(tuple((case["condition"], case["next"]) for case in data["cases"]), data["otherwise"])


class CollectSchema(Schema):
    """See `Collect`."""

    say = fields.List(fields.String(), required=True, validate=SOME)
    into = fields.String(required=True, validate=_free_name)
    next = fields.String(required=True)
    otherwise = fields.String(load_default=PERSON)
    least = fields.Integer(load_default=1, validate=validate.Range(1, 32))
    most = fields.Integer(load_default=18, validate=validate.Range(1, 32))
    seconds = fields.Integer(load_default=5, validate=validate.Range(1, 60))
    rounds = fields.Integer(load_default=3, validate=validate.Range(1, 9))

    @validates_schema(skip_on_field_errors=True)
    def in_order(self, data: Mapping[str, Any], **_more: Any) -> None:
        """The least is not above the most."""
        if data["least"] > data["most"]:
            raise ValidationError({"least": ["不能大于 most。 This must not be above `most`."]})

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Collect:
        """The value."""
        return Collect(**{**data, "say": tuple(data["say"])})


class LookupSchema(Schema):
    """See `Lookup`."""

    question = fields.String(required=True, data_key="ask")
    given = fields.Dict(keys=fields.String(), values=Expression(), load_default=dict)
    into = fields.String(required=True, validate=_free_name)
    next = fields.String(required=True)
    otherwise = fields.String(load_default=PERSON)

    @validates_schema(skip_on_field_errors=True)
    def is_registered(self, data: Mapping[str, Any], **_more: Any) -> None:
        """The question is one of ours, and is given what it takes."""
        question = QUESTIONS.get(data["question"])
        if question is None:
            names = " ".join(sorted(QUESTIONS))
            raise ValidationError({"ask": [f"没有这个查询，可用：{names}。 There is no such question; there are: {names}."]})
        if set(data["given"]) != set(question.takes):
            names = " ".join(question.takes)
            raise ValidationError({"given": [f"须给出：{names}。 It takes: {names}."]})

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Lookup:
        """The value."""
        return Lookup(**data)


class SpokenSchema(Schema):
    """See `Spoken`: `{"number": …}` or `{"digits": …}`."""

    number = Expression()
    digits = Expression()

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Spoken:
        """The value."""
        if len(data) != 1:
            raise ValidationError("写 number 或 digits 其一。 Write either `number` or `digits`.")
        ((how, expression),) = data.items()
        return Spoken(how, expression)


class Part(fields.Field[str | Spoken]):
    """A prompt's name, or a value to be said."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str | Spoken:
        if isinstance(value, str):
            return value
        spoken: Spoken = SpokenSchema().load(value)
        return spoken


class SaySchema(Schema):
    """See `Say`."""

    parts = fields.List(Part(), required=True, validate=SOME, data_key="say")
    next = fields.String(required=True)
    otherwise = fields.String(load_default=PERSON)

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Say:
        """The value."""
        return Say(**{**data, "parts": tuple(data["parts"])})


class DialSchema(Schema):
    """See `Dial`."""

    number = fields.String(required=True, validate=validate.Regexp(r"^\d{2,18}$", error="号码有误。 This is no number."))
    otherwise = fields.String(load_default=PERSON)
    seconds = fields.Integer(load_default=30, validate=validate.Range(5, 120))

    @post_load
    def make(self, data: Mapping[str, Any], **_more: Any) -> Dial:
        """The value."""
        return Dial(**data)


TYPES: Final[Mapping[str, type[Schema]]] = {
    "set": ComputeSchema,
    "branch": BranchSchema,
    "collect": CollectSchema,
    "query": LookupSchema,
    "say": SaySchema,
    "dial": DialSchema,
}


class AnyNode(fields.Field[Node]):
    """A node of any type."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Node:
        kind = value.get("type") if isinstance(value, dict) else None
        schema = TYPES.get(kind) if isinstance(kind, str) else None
        if schema is None:
            names = " ".join(TYPES)
            raise ValidationError({"type": [f"节点类型须为：{names}。 A node's type is one of: {names}."]})
        node: Node = schema().load({name: part for name, part in value.items() if name != "type"})
        return node


def targets(node: Node) -> dict[str, str]:
    """Where a node leads, by place."""
    if isinstance(node, Branch):
        return {**{f"cases.{at}.next": target for at, (_if, target) in enumerate(node.cases)}, "otherwise": node.otherwise}
    return {"otherwise": node.otherwise} | ({} if isinstance(node, Dial) else {"next": node.next})


def prompts(node: Node) -> tuple[str, ...]:
    """The prompts that a node says."""
    said = node.say if isinstance(node, Collect) else node.parts if isinstance(node, Say) else ()
    return tuple(part for part in said if isinstance(part, str))


def gives(node: Node) -> set[str]:
    """The variables that a node gives values to."""
    if isinstance(node, Compute):
        return set(node.values)
    return {node.into} if isinstance(node, Collect | Lookup) else set()


def unknown(node: Node, variables: set[str]) -> dict[str, str]:
    """The expressions of a node that name a variable which no node gives a value to, with the name, by place."""
    found = {place: uses(text).names - variables for place, text in _expressions(node).items()}
    return {place: " ".join(sorted(names)) for place, names in found.items() if names}


def _expressions(node: Node) -> dict[str, str]:
    if isinstance(node, Compute):
        return {f"values.{name}": text for name, text in node.values.items()}
    if isinstance(node, Branch):
        return {f"cases.{at}.if": text for at, (text, _next) in enumerate(node.cases)}
    if isinstance(node, Lookup):
        return {f"given.{name}": text for name, text in node.given.items()}
    if isinstance(node, Say):
        return {f"say.{at}": part.expression for at, part in enumerate(node.parts) if isinstance(part, Spoken)}
    return {}
