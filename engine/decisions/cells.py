"""The cells of a decision table: Python expressions, not FEEL (`engine.md`, "DMN cells are Python").

An input cell is empty or `-` (anything), a value (equal to it), half a comparison (`>= 3`, `in ("A", "B")`), or a whole
expression with `?` for the input.
"""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.context import Context
from engine.expressions import Expressions

INPUT = "dmninputexpr"
"""The name that stands for `?`; the library uses the same one."""
ANYTHING = ("", "-")
_HALF = re.compile(r"(==|!=|<=|>=|<|>|in\b|not\s+in\b|is\b)")
_STRING = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')""")


def as_expression(text: str) -> str | None:
    """The condition that an input cell stands for, about `dmninputexpr`; None for a cell that matches anything."""
    text = text.strip()
    if text in ANYTHING:
        return None
    parts = _STRING.split(text)  # every second part is a string literal, whose question marks are its own
    if any("?" in part for part in parts[::2]):
        return "".join(part if index % 2 else part.replace("?", INPUT) for index, part in enumerate(parts))
    if _HALF.match(text):
        return f"{INPUT} {text}"
    return f"{INPUT} == ({text})"


@dataclass(frozen=True, slots=True)
class InputCell:
    """One input entry. A literal is compared directly, the rest is evaluated."""

    condition: str | None
    literal: Any = None
    is_literal: bool = False

    @staticmethod
    def read(text: str) -> "InputCell":
        """Read a cell's text."""
        condition = as_expression(text)
        if condition is None:
            return InputCell(None)
        found, value = literal(text)
        return InputCell(condition, value, found)

    def matches(self, value: Any, expressions: Expressions, facts: Mapping[str, Any], context: Context | None) -> bool:
        """Whether the input's value fits the cell. Raises `ExpressionError`."""
        if self.condition is None:
            return True
        if self.is_literal:
            return bool(value == self.literal)
        return bool(expressions.evaluate(self.condition, facts, context, {INPUT: value}))


@dataclass(frozen=True, slots=True)
class OutputCell:
    """One output entry; an empty one gives the empty text."""

    text: str
    literal: Any
    is_literal: bool

    @staticmethod
    def read(text: str) -> "OutputCell":
        """Read a cell's text."""
        text = text.strip()
        found, value = literal(text) if text else (True, "")
        # a list written in a cell would be shared by every instance that the row decides for
        return OutputCell(text, value, found and isinstance(value, str | int | float | bool | None))

    def value(self, expressions: Expressions, facts: Mapping[str, Any], context: Context | None) -> Any:
        """What the row gives. Raises `ExpressionError`."""
        return self.literal if self.is_literal else expressions.evaluate(self.text, facts, context)


def literal(text: str) -> tuple[bool, Any]:
    """Whether a text is a plain value, and the value."""
    try:
        return True, ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return False, None
