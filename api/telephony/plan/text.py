"""A plan as JSON text: written for people, read again with the place of what cannot be read, compared line by line."""

import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson


class Line(NamedTuple):
    """A line of a comparison: `+` what is new, `-` what goes, `@` from which line on, a blank for what stays."""

    sign: str
    text: str


class Unreadable(ValueError):
    """What a text is that is no plan: the message says where."""


def written(body: Mapping[str, Any]) -> str:
    """A plan as text, two blanks a step."""
    return json.dumps(body, ensure_ascii=False, indent=2)


def plain(text: str) -> str:
    """What a browser sends of a text field, with plain ends of lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(text: str) -> dict[str, Any]:
    """The plan that stands in a text. Raises `Unreadable`."""
    try:
        body = orjson.loads(text)
        json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        zh, en = f"第 {error.lineno} 行第 {error.colno} 列", f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"从{zh}起不是合法的 JSON。 This is not JSON from {en} on.") from error
    except RecursionError as error:
        raise Unreadable("嵌套太深。 It is nested too deeply.") from error
    if not isinstance(body, dict):
        raise Unreadable("方案应是一个 JSON 对象。 A plan is a JSON object.")
    if "\\u0000" in text:
        raise Unreadable("含有空字符。 It holds a NUL character.")
    return body


def mark(text: str, version: int) -> str:
    """By what one knows that a text was compared, as it stands, with the version that is in force."""
    return f"{version}.{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Line]:
    """What changes between two plans, a few lines around each; nothing when they are the same."""
    lines = difflib.unified_diff(written(before).split("\n"), written(after).split("\n"), lineterm="", n=3)
    return list(_lines(lines))


def _lines(found: Iterator[str]) -> Iterator[Line]:
    for at, line in enumerate(found):
        if at > 1:  # behind the two names of files, which are none
            yield Line("@", line.split("+")[1].split(",")[0].strip(" @")) if line[0] == "@" else Line(line[0], line[1:])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise Unreadable(f"同一处重复写了：{' '.join(twice)[:80]}。 Written twice in one place: {' '.join(twice)[:80]}.")
    return found
