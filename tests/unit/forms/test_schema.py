"""Reading a form's JSON, and saying what is wrong with it."""

from typing import Any

import pytest

from forms.check import check, check_text
from forms.conditions import condition
from forms.errors import FormInvalid
from forms.schema import Choice, parse

RADIO = {"key": "outcome", "label": "处理", "type": "radio", "values": [{"value": "accept", "label": "接收"}]}


def form(*components: Any, **extra: Any) -> dict[str, Any]:
    return {"id": "work_order-ack", "type": "default", "title": "确认", "components": list(components), **extra}


def test_a_form_is_read_with_its_rules_and_choices() -> None:
    read = parse(
        form(
            {**RADIO, "validate": {"required": True}},
            {"key": "est_finish", "label": "预计办结", "type": "datetime", "subtype": "date", "hideIf": '=outcome == "return"'},
            {"key": "contact_phone", "label": "电话", "type": "textfield", "keep": "record", "validate": {"maxLength": 30}},
        )
    )
    outcome, finish, phone = read.components
    assert outcome.rules.required
    assert outcome.values == (Choice("accept", "接收"),)
    assert (finish.subtype, finish.hide_if) == ("date", 'outcome == "return"')
    assert phone.is_phone
    assert (phone.keep, phone.rules.max_length) == ("record", 30)
    assert read.expressions == (("est_finish", 'outcome == "return"'),)


def test_a_form_with_every_type_has_no_findings() -> None:
    values = {"values": [{"value": 1, "label": "一"}]}
    components: list[dict[str, Any]] = [
        {"key": f"k_{kind}", "label": kind, "type": kind}
        for kind in ("textfield", "textarea", "number", "checkbox", "datetime", "file", "geo")
    ]
    components += [{"key": f"k_{kind}", "label": kind, "type": kind, **values} for kind in ("radio", "select", "checklist", "taglist")]
    components.append({"key": "lead", "label": "主办", "type": "select", "valuesKey": "units"})
    assert check(form(*components)) == []


@pytest.mark.parametrize(
    ("component", "said"),
    [
        ({"key": "a b", "label": "甲", "type": "textfield"}, "`key` must be a name"),
        ({"key": "_a", "label": "甲", "type": "textfield"}, "`key` must be a name"),
        ({"key": "a", "label": " ", "type": "textfield"}, "`label` is missing"),
        ({"key": "a", "label": "甲", "type": "group"}, "not supported"),
        ({"key": "a", "label": "甲", "type": ["textfield"]}, "not supported"),
        ({"key": "a", "label": "甲", "type": "select"}, "needs `values` or a `valuesKey`"),
        ({"key": "a", "label": "甲", "type": "select", "values": []}, "needs `values` or a `valuesKey`"),
        ({"key": "a", "label": "甲", "type": "select", "values": ["x"]}, "{value, label}"),
        ({"key": "a", "label": "甲", "type": "radio", "values": [{"value": "x", "label": "一"}] * 2}, "there twice"),
        ({"key": "a", "label": "甲", "type": "textfield", "values": [{"value": 1, "label": "一"}]}, "Only choices"),
        ({"key": "a", "label": "甲", "type": "file", "validate": {"required": True}}, "never required"),
        ({"key": "a", "label": "甲", "type": "textfield", "validate": {"required": 1}}, "`required` must be"),
        ({"key": "a", "label": "甲", "type": "textfield", "validate": {"pattern": "("}}, "no regular expression"),
        ({"key": "a", "label": "甲", "type": "textfield", "validate": {"pattern": "(a+)+$"}}, "may hold no repetition"),
        ({"key": "a", "label": "甲", "type": "number", "validate": {"min": "1"}}, "`min` must be a number"),
        ({"key": "a", "label": "甲", "type": "number", "validate": []}, "`validate` must be an object"),
        ({"key": "a", "label": "甲", "type": "number", "subtype": "date"}, "Only `datetime`"),
        ({"key": "a", "label": "甲", "type": "textfield", "hideIf": "b == 1"}, "begins with `=`"),
        ({"key": "a", "label": "甲", "type": "textfield", "keep": "secret"}, "`keep`"),
        ({"key": "phone", "label": "电话", "type": "number"}, "must be a `textfield`"),
        ("text", "must be an object"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_with_its_key(component: Any, said: str) -> None:
    findings = check(form(component))
    assert any(said in finding for finding in findings), findings


def test_two_fields_with_one_key_are_found() -> None:
    assert check(form(RADIO, RADIO)) == ["outcome：key 重复。 The `key` stands there twice."]


def test_a_form_needs_an_id_that_a_user_task_can_name() -> None:
    assert any("`id`" in finding for finding in check(form(RADIO, id="两个")))


@pytest.mark.parametrize(
    "data", [None, [], "x", 7, {}, {"components": None}, {"id": 1, "components": [None, {}]}, {"components": [{}] * 201}]
)
def test_whatever_was_uploaded_gives_findings_and_no_exception(data: Any) -> None:
    assert check(data)


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"<xml/>", b"[" * 100_000])
def test_a_file_that_is_no_json_gives_one_finding(text: bytes) -> None:
    assert len(check_text(text)) == 1


def test_reading_a_broken_form_raises_with_every_finding() -> None:
    with pytest.raises(FormInvalid) as raised:
        parse(form({"key": "a", "label": "", "type": "select"}))
    assert len(raised.value.findings) == 2


@pytest.mark.parametrize(
    ("text", "answers", "holds"),
    [
        ('a == "x"', {"a": "x"}, True),
        ('a != "x"', {"a": None}, True),
        ('a in ("x", "y")', {"a": "y"}, True),
        ('a not in ["x"]', {"a": "x"}, False),
        ("a", {"a": True}, True),
        ("not a", {"a": None}, True),
        ("a == 1", {"a": True}, False),
        ("a == None", {}, True),
    ],
)
def test_a_simple_condition_needs_no_expression_engine(text: str, answers: dict[str, Any], holds: bool) -> None:
    simple = condition(text)
    assert simple is not None
    assert simple.holds(answers) is holds


@pytest.mark.parametrize("text", ['a == "x" and b', "len(a) > 3", "a < 3", "(", "a == b", "a in b", "(" * 500])
def test_any_other_condition_is_left_to_the_expression_engine(text: str) -> None:
    assert condition(text) is None
