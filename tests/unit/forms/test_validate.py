"""Checking submissions: what contract.md says about forms, field by field."""

import pickle
from typing import Any

import pytest

from engine.expressions import Expressions
from engine.registry import Registry
from forms import messages
from forms.check import check
from forms.compiled import compiled
from forms.errors import FormInvalid, HideIfUnsupported
from forms.messages import Message, in_language
from forms.moments import read_date, read_moment, to_input
from forms.validate import validate, validator

OUTCOME = {
    "key": "outcome",
    "label": "处理",
    "type": "radio",
    "validate": {"required": True},
    "values": [{"value": "accept", "label": "接收"}, {"value": "return", "label": "退单"}],
}
REASON = {"key": "reason", "label": "退单理由", "type": "textarea", "validate": {"required": True}, "hideIf": '=outcome != "return"'}


def form(*components: dict[str, Any]) -> dict[str, Any]:
    return {"id": "a-form", "type": "default", "title": "表单", "components": list(components)}


def one(kind: str, **extra: Any) -> dict[str, Any]:
    rules = extra.pop("validate", {})
    return form({"key": extra.pop("key", "a"), "label": "甲", "type": kind, "validate": rules, **extra})


def answer(schema: dict[str, Any], value: Any) -> Any:
    key = schema["components"][0]["key"]
    clean, errors = validate(schema, {key: value}, {})
    return errors.get(key, clean[key])


def test_every_key_of_the_form_is_answered_and_absent_ones_are_null() -> None:
    assert validate(form(OUTCOME, one("number")["components"][0]), {"outcome": "accept"}, {}) == ({"outcome": "accept", "a": None}, {})


def test_a_field_left_out_keeps_its_prefilled_value() -> None:
    clean, errors = validate(one("number", validate={"required": True}), {}, {"a": 7})
    assert (clean, errors) == ({"a": 7}, {})


def test_a_field_that_was_cleared_does_not_keep_its_prefilled_value() -> None:
    assert validate(one("number", validate={"required": True}), {"a": None}, {"a": 7})[1] == {"a": messages.REQUIRED}


def test_prefilled_values_of_other_tasks_are_not_taken() -> None:
    assert validate(one("number"), {}, {"b": 7}) == ({"a": None}, {})


@pytest.mark.parametrize(
    ("kind", "empty"), [("textfield", "  "), ("textarea", "\n"), ("number", None), ("datetime", ""), ("radio", ""), ("checklist", [])]
)
def test_a_required_field_is_not_answered_by_nothing(kind: str, empty: Any) -> None:
    schema = one(kind, validate={"required": True}, **({"values": OUTCOME["values"]} if kind in ("radio", "checklist") else {}))
    assert answer(schema, empty) == messages.REQUIRED


def test_a_required_checkbox_must_be_answered_not_affirmed() -> None:
    schema = one("checkbox", validate={"required": True})
    assert answer(schema, False) is False
    assert answer(schema, None) == messages.REQUIRED


def test_unknown_keys_are_refused_by_name_and_technical_ones_dropped() -> None:
    clean, errors = validate(one("number"), {"a": 1, "_csrf": "x", "b": 2}, {})
    assert clean == {"a": 1}
    assert errors == {"b": messages.UNKNOWN_KEY}


def test_hidden_fields_are_dropped_not_refused() -> None:
    assert validate(form(OUTCOME, REASON), {"outcome": "accept", "reason": 7}, {}) == ({"outcome": "accept", "reason": None}, {})


def test_a_field_that_is_shown_is_checked() -> None:
    assert validate(form(OUTCOME, REASON), {"outcome": "return"}, {})[1] == {"reason": messages.REQUIRED}


def test_what_depends_on_a_hidden_field_sees_it_unanswered() -> None:
    basis = {"key": "basis", "label": "依据", "type": "textfield", "hideIf": "=reason == None", "validate": {"required": True}}
    assert validate(form(OUTCOME, REASON, basis), {"outcome": "accept", "reason": "因为"}, {})[1] == {}


def test_any_condition_works_with_the_expression_engine() -> None:
    expressions = Expressions(Registry())
    check = validator(lambda text, names: expressions.evaluate(text, names, None))
    schema = form(OUTCOME, {**REASON, "hideIf": '=outcome != "return" or len(outcome) < 3'})
    assert check(schema, {"outcome": "return"}, {})[1] == {"reason": messages.REQUIRED}
    with pytest.raises(HideIfUnsupported):
        validate(schema, {"outcome": "return"}, {})


def test_choices_must_be_listed_with_their_own_type() -> None:
    schema = one("select", values=[{"value": 1, "label": "一"}, {"value": "x", "label": "某"}])
    assert answer(schema, 1) == 1
    for wrong in ("1", True, 1.0, "y", ["x"], {"value": 1}):
        assert answer(schema, wrong) == messages.NOT_CHOICE, wrong


def test_the_same_form_may_list_other_values_in_the_next_task() -> None:
    for value in ("case-1", "case-2"):
        schema = one("select", valuesKey="duplicates", values=[{"value": value, "label": value}])
        assert answer(schema, value) == value
        assert answer(schema, "case-3") == messages.NOT_CHOICE


def test_a_choice_whose_values_nobody_resolved_accepts_nothing() -> None:
    assert answer(one("select", valuesKey="units"), "water") == messages.NOT_CHOICE


@pytest.mark.parametrize("kind", ["checklist", "taglist"])
def test_several_choices_are_a_list(kind: str) -> None:
    schema = one(kind, values=OUTCOME["values"], validate={"minLength": 1, "maxLength": 2})
    assert answer(schema, ["return", "accept"]) == ["return", "accept"]
    assert answer(schema, []) == []
    assert answer(schema, "return") == messages.NOT_LIST
    assert answer(schema, ["return", "return"]) == messages.REPEATED
    assert answer(schema, ["return", "x"]) == messages.NOT_CHOICE
    assert answer(schema, [["return"]]) == messages.NOT_CHOICE


@pytest.mark.parametrize("wrong", ["5", True, None.__class__, float("nan"), float("inf"), 2**60, 10**400, -(10**400), [1]])
def test_a_number_is_a_number(wrong: Any) -> None:
    assert answer(one("number"), wrong) == messages.NOT_NUMBER


def test_a_number_keeps_its_range_and_wholeness() -> None:
    schema = one("number", validate={"min": 1, "max": 10}, decimalDigits=0)
    assert (answer(schema, 10.0), type(answer(schema, 10.0))) == (10, int)
    assert answer(schema, 0).en == "This must be 1 or more."
    assert answer(schema, 11).zh == "不能大于 10。"
    assert answer(schema, 1.5) == messages.NOT_WHOLE


def test_text_keeps_one_line_or_many() -> None:
    assert answer(one("textfield"), " 水管\n爆裂 ") == "水管 爆裂"
    assert answer(one("textarea"), " 水管\n爆裂 ") == "水管\n爆裂"


@pytest.mark.parametrize("wrong", ["a\x00b", "a\x1bb", "\ud800"])
def test_text_that_no_database_keeps_is_refused(wrong: str) -> None:
    assert answer(one("textarea"), wrong) == messages.BAD_CHARACTER


def test_text_keeps_its_length_and_pattern() -> None:
    schema = one("textfield", validate={"minLength": 2, "maxLength": 4, "pattern": "[a-z]+"})
    assert answer(schema, "abc") == "abc"
    assert answer(schema, "a") == messages.too_short(2)
    assert answer(schema, "abcde") == messages.too_long(4)
    assert answer(schema, "ab1") == messages.PATTERN
    assert answer(one("textfield"), "字" * 501) == messages.too_long(500)


@pytest.mark.parametrize("wrong", [7, ["x"], {"x": 1}, True])
def test_text_is_text(wrong: Any) -> None:
    assert answer(one("textfield"), wrong) == messages.NOT_TEXT


@pytest.mark.parametrize(
    "number",
    [
        "13800138000",
        "029-33210000",
        "029 3321 0000",
        "4006001234",
        "+86 138 0013 8000",
        "12345",
        "110",
        "95598",
        "10086",
        "１３８００１３８０００",
    ],
)
def test_a_number_that_can_be_called_is_a_phone(number: str) -> None:
    assert answer(one("textfield", key="contact_phone"), number).isascii()


@pytest.mark.parametrize("number", ["1380013800", "33210000", "没有", "13800138000x", "99999", "+1 555", "0", "1" * 30])
def test_a_number_that_nobody_answers_is_refused(number: str) -> None:
    assert answer(one("textfield", key="phone"), number) == messages.NOT_PHONE


def test_a_phone_that_is_not_required_may_be_left_out() -> None:
    assert answer(one("textfield", key="alt_phone"), "") is None


def test_a_moment_has_an_offset() -> None:
    schema = one("datetime")
    assert answer(schema, "2026-03-02T01:00:00Z") == "2026-03-02T01:00:00+00:00"
    assert answer(schema, "2026-03-02T09:00+08:00") == "2026-03-02T09:00:00+08:00"
    for wrong in ("2026-03-02T09:00:00", "2026-03-02", "明天"):
        assert answer(schema, wrong) == messages.NOT_MOMENT
    assert answer(schema, 1767225600) == messages.NOT_TEXT


def test_a_date_is_a_day_in_shanghai() -> None:
    schema = one("datetime", subtype="date")
    assert answer(schema, "2026-03-02") == "2026-03-02"
    assert answer(schema, "2026-03-01T20:00:00Z") == "2026-03-02"
    assert answer(schema, "2026-02-30") == messages.NOT_DATE


def test_files_are_ids() -> None:
    schema = one("file")
    assert answer(schema, "f1") == ["f1"]
    assert answer(schema, ["f1", "f2", "f1"]) == ["f1", "f2"]
    for wrong in (7, [7], [""], ["文件"], ["x" * 65]):
        assert answer(schema, wrong) == messages.NOT_FILES


def test_a_place_is_two_degrees() -> None:
    schema = one("geo")
    assert answer(schema, {"lat": 34.33, "lng": 108}) == {"lat": 34.33, "lng": 108.0}
    for wrong in ({"lat": 91, "lng": 0}, {"lat": 1}, {"lat": "1", "lng": 2}, [1, 2], {"lat": float("nan"), "lng": 1}):
        assert answer(schema, wrong) == messages.NOT_PLACE


def test_every_wrong_field_is_told_at_once_in_both_languages() -> None:
    errors = validate(form(OUTCOME, one("number")["components"][0]), {"a": "x"}, {})[1]
    assert list(errors) == ["outcome", "a"]
    assert errors["a"] == "应为数字。 This must be a number."
    assert in_language(errors["a"], "zh-CN") == "应为数字。"
    assert in_language(errors["a"], "en") == "This must be a number."
    assert in_language("自由", "en") == "自由"


def test_a_message_keeps_both_languages_when_it_travels() -> None:
    copy: Message = pickle.loads(pickle.dumps(messages.REQUIRED))  # noqa: S301 our own pickle
    assert (copy, copy.zh, copy.en) == (messages.REQUIRED, messages.REQUIRED.zh, messages.REQUIRED.en)


def test_a_form_that_is_none_is_refused() -> None:
    with pytest.raises(FormInvalid):
        validate({"components": "x"}, {}, {})


def test_a_form_is_compiled_once_whatever_values_its_choices_have() -> None:
    first = compiled(form({**OUTCOME, "values": [{"value": "a", "label": "甲"}]}))
    assert compiled(form({**OUTCOME, "values": [{"value": "b", "label": "乙"}]})) is first
    assert compiled(form({**OUTCOME, "label": "别的"})) is not first


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00+08:05", "9999-12-31T23:59:59Z", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00+08:00", "0001-01-01", "9999-12-31"],
)
def test_a_moment_that_no_case_speaks_of_is_none(text: str) -> None:
    assert answer(one("datetime"), text) == messages.NOT_MOMENT
    assert answer(one("datetime", subtype="date"), text) == messages.NOT_DATE
    assert (read_moment(text), read_date(text), to_input(text, day=False), to_input(text, day=True)) == (None, None, "", "")


def test_what_is_only_shown_is_no_answer() -> None:
    schema = one("textarea", readonly=True, prefill="=elder_sheet()")
    assert validate(schema, {"a": "李奶奶 13900001111"}, {"a": "李奶奶"}) == ({"a": None}, {})
    assert validate(schema, {}, {"a": "李奶奶"}) == ({"a": None}, {})


@pytest.mark.parametrize("extra", [{"readonly": "yes"}, {"readonly": True}, {"readonly": True, "prefill": "=1", "type": "number"}])
def test_a_field_that_is_only_shown_is_text_with_something_to_show(extra: dict[str, Any]) -> None:
    assert len(check(form({"key": "a", "label": "甲", "type": "textarea", **extra}))) == 1
