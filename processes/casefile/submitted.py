"""What the form that this command submitted says, for operations that move it into the tables."""

from collections.abc import Mapping
from typing import Any

from engine.context import Context


def submitted(context: Context, key: str, *tasks: str) -> Any:
    """A field of the form just submitted; else the last answer of one of these tasks in process data; else None.

    Fields that are kept out of process data (long texts, names, phones) are only found in the command that
    submitted them.
    """
    value = context.answers.get(key)
    for task in tasks:
        if value is not None:
            break
        given = context.variables.get(task)
        value = given.get(key) if isinstance(given, Mapping) else None
    return value


def words(value: Any) -> str | None:
    """A text field as text without outer space; None for an empty one."""
    return str(value).strip() or None if value is not None else None


def yes(value: Any) -> bool:
    """A yes/no field as a boolean, whether it came from a checkbox or from a choice."""
    return value in (True, "yes", "true", "是")


def names(value: Any) -> list[str]:
    """A list of codes, given as a list or as one text with commas; empty ones are left out."""
    parts = value.split(",") if isinstance(value, str) else value or []
    return [str(part).strip() for part in parts if str(part).strip()]
