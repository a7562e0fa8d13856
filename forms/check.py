"""What is wrong with a form's JSON: findings for the linter, whatever was uploaded; nothing here raises."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

CHOICES: Final = frozenset({"radio", "select", "checklist", "taglist"})
TYPES: Final = (
    "textfield", "textarea", "number", "checkbox", "radio", "select", "checklist", "taglist", "datetime", "file", "geo",
)  # fmt: skip
SUBTYPES: Final = ("date", "datetime")
MOST_COMPONENTS: Final = 200
MOST_VALUES: Final = 5000
LONGEST_PATTERN: Final = 200

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,127}")
_NESTED_REPEAT = re.compile(r"\([^()]*[+*}][^()]*\)\s*[+*{]")
"""A repeated group with a repetition inside can take for ever on a hostile text."""
_NUMBERS = {"min": (int, float), "max": (int, float), "minLength": (int,), "maxLength": (int,)}


def check(data: Any) -> list[str]:
    """Everything that is wrong with a form's JSON, each as `中文。 English.`; empty when it can be used."""
    if not isinstance(data, Mapping):
        return ["表单应为 JSON 对象。 A form is a JSON object."]
    findings = list(_form(data))
    components = data.get("components")
    if not isinstance(components, list):
        return [*findings, "缺少 components 列表。 The list `components` is missing."]
    if len(components) > MOST_COMPONENTS:
        return [*findings, f"字段超过 {MOST_COMPONENTS} 个。 There are more than {MOST_COMPONENTS} fields."]
    seen: set[str] = set()
    for number, component in enumerate(components, 1):
        if isinstance(component, Mapping):
            findings += (f"{_where(component, number)}：{finding}" for finding in _component(component, seen))
        else:
            findings.append(f"第 {number} 个字段应为对象。 Field {number} must be an object.")
    return findings


def check_text(text: bytes | str) -> list[str]:
    """`check` for a file as it was uploaded; text that is no JSON is a finding too."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        return [f"不是 JSON：{error}。 This is no JSON: {error}."]
    return check(data)


def _form(data: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(data.get("id"), str) or not _ID.fullmatch(data["id"]):
        yield "表单缺少 id（字母开头的英文标识）。 The form needs an `id` of letters, digits, `_`, `.` and `-`."
    if data.get("type", "default") != "default":
        yield "表单的 type 应为 default。 The form's `type` must be `default`."
    for name in ("title", "title_en"):
        if not isinstance(data.get(name, ""), str):
            yield f"{name} 应为文字。 `{name}` must be text."


def _where(component: Mapping[str, Any], number: int) -> str:
    key = component.get("key")
    return key if isinstance(key, str) and key else f"#{number}"


def _component(data: Mapping[str, Any], seen: set[str]) -> Iterator[str]:
    key, kind = data.get("key"), data.get("type")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        yield "key 应为字母开头的英文标识。 `key` must be a name of letters, digits and `_` that begins with a letter."
    elif key in seen:
        yield "key 重复。 The `key` stands there twice."
    else:
        seen.add(key)
    if not isinstance(data.get("label"), str) or not data["label"].strip():
        yield "缺少 label。 The `label` is missing."
    if kind not in TYPES:
        yield f"不支持的类型 {kind}，可用：{' '.join(TYPES)}。 The type {kind} is not supported; there are {' '.join(TYPES)}."
        return
    for name in ("label_en", "description", "description_en", "valuesKey"):
        if not isinstance(data.get(name, ""), str):
            yield f"{name} 应为文字。 `{name}` must be text."
    if data.get("keep", "record") != "record":
        yield 'keep 只能是 "record"。 `keep` can only be "record".'
    yield from _values(data, str(kind))
    yield from _rules(data, str(kind))
    yield from _extras(data, str(kind))


def _values(data: Mapping[str, Any], kind: str) -> Iterator[str]:
    values = data.get("values")
    if kind not in CHOICES:
        if values or data.get("valuesKey"):
            yield "只有选择类字段才能有 values。 Only choices have `values`."
        return
    if values is None and data.get("valuesKey"):
        return
    if not isinstance(values, list) or not values:
        yield "选择类字段需要 values 或 valuesKey。 A choice needs `values` or a `valuesKey`."
        return
    if len(values) > MOST_VALUES:
        yield f"选项超过 {MOST_VALUES} 个。 There are more than {MOST_VALUES} values."
        return
    seen: set[tuple[type, Any]] = set()
    for choice in values:
        if not _is_choice(choice):
            yield "每个选项应为 {value, label}。 Each value must be {value, label}."
            return
        if (mark := (type(choice["value"]), choice["value"])) in seen:
            yield f"选项 {choice['value']} 重复。 The value {choice['value']} stands there twice."
        seen.add(mark)


def _is_choice(choice: Any) -> bool:
    return isinstance(choice, Mapping) and isinstance(choice.get("value"), str | int | float) and isinstance(choice.get("label"), str)


def _rules(data: Mapping[str, Any], kind: str) -> Iterator[str]:
    rules = data.get("validate")
    if rules is None:
        return
    if not isinstance(rules, Mapping):
        yield "validate 应为对象。 `validate` must be an object."
        return
    if not isinstance(rules.get("required", False), bool):
        yield "required 应为 true 或 false。 `required` must be true or false."
    for name, types in _NUMBERS.items():
        value = rules.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, types)):
            yield f"{name} 应为数字。 `{name}` must be a number."
    if rules.get("required") is True and kind in ("file", "geo") and not data.get("prefill"):
        yield "附件和位置不能必填，除非有 prefill。 Files and places are never required unless they are prefilled."
    yield from _pattern(rules.get("pattern"))


def _pattern(pattern: Any) -> Iterator[str]:
    if pattern is None:
        return
    if not isinstance(pattern, str) or len(pattern) > LONGEST_PATTERN:
        yield f"pattern 应为不超过 {LONGEST_PATTERN} 个字符的正则表达式。 `pattern` must be at most {LONGEST_PATTERN} characters."
        return
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        yield f"pattern 不是正则表达式：{error}。 `pattern` is no regular expression: {error}."
        return
    if _NESTED_REPEAT.search(pattern):
        yield "pattern 中重复的分组内不能再有重复。 In `pattern` a repeated group may hold no repetition."


def _extras(data: Mapping[str, Any], kind: str) -> Iterator[str]:
    if data.get("subtype") and (kind != "datetime" or data["subtype"] not in SUBTYPES):
        yield "subtype 只用于 datetime，可为 date。 Only `datetime` has a `subtype`, which may be `date`."
    if data.get("decimalDigits") not in (None, 0) or isinstance(data.get("decimalDigits"), bool):
        yield "decimalDigits 只能是 0（整数）。 `decimalDigits` can only be 0, for whole numbers."
    for name in ("prefill", "hideIf"):
        text = data.get(name)
        if text is not None and (not isinstance(text, str) or not text.startswith("=") or not text[1:].strip()):
            yield f"{name} 应为以 = 开头的表达式。 `{name}` must be an expression that begins with `=`."
    if not isinstance(data.get("readonly", False), bool):
        yield "readonly 应为 true 或 false。 `readonly` must be true or false."
    elif data.get("readonly") and (kind not in ("textfield", "textarea") or not data.get("prefill")):
        yield "只读字段应为有 prefill 的文字。 A read-only field is text with a `prefill`."
    if "phone" in str(data.get("key")) and kind != "textfield":
        yield "含 phone 的字段应为 textfield。 A field whose key contains `phone` must be a `textfield`."
