"""The simple conditions of `hideIf` that need no expression engine: one field compared with fixed values.

A page hands them to its script as data, so that fields come and go while typing without evaluating anything.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

Literal: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Condition:
    """True when the answer `key` is one of `values`, or is none of them when `negated`."""

    key: str
    values: tuple[Literal, ...]
    negated: bool = False

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Whether it is true of some answers; an absent answer is None."""
        answer = answers.get(self.key)
        return any(type(answer) is type(value) and answer == value for value in self.values) is not self.negated


@lru_cache(maxsize=4_096)
def condition(text: str) -> Condition | None:
    """Read `a == "x"`, `a != "x"`, `a in ("x", "y")`, `a not in (…)`, `a`, `not a`; None for anything else."""
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if isinstance(tree, ast.Name):
        return Condition(tree.id, (True,))
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not) and isinstance(tree.operand, ast.Name):
        return Condition(tree.operand.id, (True,), negated=True)
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1 or not isinstance(tree.left, ast.Name):
        return None
    return _compared(tree.left.id, tree.ops[0], tree.comparators[0])


def _compared(key: str, operator: ast.cmpop, right: ast.expr) -> Condition | None:
    if isinstance(operator, ast.Eq | ast.NotEq) and isinstance(right, ast.Constant):
        values = _literals([right])
    elif isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List):
        values = _literals(right.elts)
    else:
        return None
    return None if values is None else Condition(key, values, negated=isinstance(operator, ast.NotEq | ast.NotIn))


def _literals(nodes: list[Any]) -> tuple[Literal, ...] | None:
    values: list[Literal] = []
    for node in nodes:
        if not isinstance(node, ast.Constant) or not (node.value is None or isinstance(node.value, str | int | float)):
            return None
        values.append(node.value)
    return tuple(values)
