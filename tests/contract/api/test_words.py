"""Every message that marshmallow may give about a call stands in Chinese and in English."""

import re
from collections.abc import Iterator

import pytest
from marshmallow import Schema, fields, validate

from api.resources import ALWAYS
from api.words import in_both
from tests.contract.api.conftest import CASE, Desk

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_BRACES = re.compile(r"\{\w+\}")
_NEVER_SENT = "format"
"""marshmallow's own word for what it cannot write out."""


def schemas() -> Iterator[type[Schema]]:
    """Every schema of the API's resources."""
    assert ALWAYS, "with the resources their schemas are loaded"
    found = Schema.__subclasses__()
    while found:
        schema = found.pop()
        found += schema.__subclasses__()
        if schema.__module__.startswith("api."):
            yield schema


def messages() -> set[str]:
    """Every message, with its numbers and choices made up."""
    parts = [field for schema in schemas() for field in schema._declared_fields.values()]
    told = set(Schema._default_error_messages.values())
    for field in parts:
        told |= {str(text) for name, text in field.error_messages.items() if name != _NEVER_SENT}
        if isinstance(field, fields.List):
            parts.append(field.inner)
        for validator in field.validators:
            told |= {text for name, text in vars(validator).items() if name == "error" and text}
            told |= {getattr(validator, name) for name in dir(validator) if name.startswith("message_") and not _operator(validator, name)}
        if isinstance(field, fields.DateTime | fields.Date):
            told |= {"Not a valid aware datetime.", "Not a valid datetime.", "Not a valid date."}
            told -= {text for text in told if "{obj_type}" in text}
    return {_BRACES.sub("7", text) for text in told}


def _operator(validator: object, name: str) -> bool:
    """Whether a message of `Range` is only a word of the others."""
    return isinstance(validator, validate.Range) and name in ("message_gt", "message_gte", "message_lt", "message_lte")


def test_every_message_about_a_field_has_its_chinese() -> None:
    found = messages()
    assert len(found) > 12
    assert [text for text in sorted(found) if not _CHINESE.search(in_both(text))] == []


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"title": None}, "title", "不能为空。 Field may not be null."),
        ({"title": 3}, "title", "应为文字。 Not a valid string."),
        ({"confidential": "perhaps"}, "confidential", "应为是或否（true 或 false）。 Not a valid boolean."),
    ],
)
def test_a_wrong_field_is_told_in_both_languages(desk: Desk, changes: dict[str, object], field: str, told: str) -> None:
    answer = desk["agent1"].post("cases", {**CASE, **changes})
    assert answer.status_code == 422
    assert {"field": field, "message": told} in answer.json["errors"]
