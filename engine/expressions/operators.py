"""What an expression may call and compute with at run time: bounded operators and the built-in functions.

Every function here is total over JSON values and cheap: its cost is linear in the size of its arguments, and none of them
can make a small value huge.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

MAX_SIZE = 100_000
"""Characters and items that one value may have in all."""
MAX_BITS = 128
"""Bits of a product."""
MAX_DIGITS = 15
"""Digits that `round` may be asked for, and 40 that `int` reads."""


class TooLarge(Exception):
    """结果过大。 The result would be too large."""


class Builtin(NamedTuple):
    """A built-in function; one that `reads_data` is given the process data as its first argument."""

    handler: Callable[..., Any]
    arity: tuple[int, int]
    reads_data: bool = False


def measure(value: Any, left: int = MAX_SIZE) -> int:
    """Count a value's characters and items down from `left`. Raises `TooLarge`; shared parts count each time they occur."""
    left -= 1
    if isinstance(value, str):
        left -= len(value)
    elif isinstance(value, list | tuple):
        for item in value:
            left = measure(item, left)
    elif isinstance(value, dict):
        for key, item in value.items():
            left = measure(item, measure(key, left))
    if left < 0:
        raise TooLarge(f"结果超过 {MAX_SIZE} 个字符或元素 over {MAX_SIZE} characters or items")
    return left


def plus(left: Any, right: Any) -> Any:
    """`+` of two numbers, or of two texts or lists whose sum stays small."""
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left + right
    if isinstance(left, str | list | tuple) and isinstance(right, type(left)):
        if len(left) + len(right) > MAX_SIZE:
            raise TooLarge(f"超过 {MAX_SIZE} 个字符或元素 over {MAX_SIZE} characters or items")
        return left + right  # type: ignore[operator]  # the same kind on both sides
    raise TypeError(f"{_kind(left)} + {_kind(right)}")


def times(left: Any, right: Any) -> Any:
    """`*` of two numbers with a product of at most 128 bits; texts and lists are not repeated."""
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise TypeError(f"{_kind(left)} * {_kind(right)}")
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > MAX_BITS:
        raise TooLarge("乘积过大 the product is too large")
    return left * right


def modulo(left: Any, right: Any) -> Any:
    """`%` of two numbers; never text formatting."""
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise TypeError(f"{_kind(left)} % {_kind(right)}")
    return left % right


def _field(variables: Mapping[str, Any], task: str, key: str) -> Any:
    answers = variables.get(task)
    return answers.get(key) if isinstance(answers, dict) else None


def _value(variables: Mapping[str, Any], name: str) -> Any:
    return variables.get(name)


def _round(number: float, digits: int | None = None) -> Any:
    if not isinstance(number, int | float):
        raise TypeError(f"round({_kind(number)})")
    # rounding an integer to -10**9 digits would compute 10 to that power
    if digits is not None and not -MAX_DIGITS <= digits <= MAX_DIGITS:
        raise TooLarge(f"round 最多 {MAX_DIGITS} 位 round takes at most {MAX_DIGITS} digits")
    return round(number, digits)


def _int(value: Any) -> int:
    if isinstance(value, str) and len(value) > 40:
        raise TooLarge("数字过长 the number is too long")
    return int(value)


def _str(value: Any) -> str:
    measure(value)
    return str(value)


def _kind(value: Any) -> str:
    return type(value).__name__


MANY = 50
"""The most arguments that a call may have."""

BUILTINS: dict[str, Builtin] = {
    "field": Builtin(_field, (2, 2), reads_data=True),
    "value": Builtin(_value, (1, 1), reads_data=True),
    "len": Builtin(len, (1, 1)),
    "min": Builtin(min, (1, MANY)),
    "max": Builtin(max, (1, MANY)),
    "str": Builtin(_str, (1, 1)),
    "int": Builtin(_int, (1, 1)),
    "float": Builtin(float, (1, 1)),
    "round": Builtin(_round, (1, 2)),
    "abs": Builtin(abs, (1, 1)),
    "bool": Builtin(bool, (1, 1)),
}

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"operator Add": plus, "operator Mult": times, "operator Mod": modulo}
