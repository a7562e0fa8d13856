"""Nodes of a voice menu that do more than ask for a key (语音流程节点): compute, compare, collect, ask the database, speak, dial."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from engine.errors import BihuanError
from engine.expressions import Expressions
from engine.registry import Registry
from processes.deadlines.zone import LOCAL

PERSON: Final = "human"
"""The target that is the person behind the number that was dialled (D6)."""
KNOWN: Final = ("caller", "dialled", "hour", "minute", "weekday")
"""The variables that every call has: two numbers as texts, the local time of day, and the day of the week from 1 for Monday."""
LONGEST: Final = 200
"""Characters of a variable."""
GREATEST: Final = 2**53
"""Whole numbers of a variable stay below; it is kept as JSON."""
EXPRESSIONS: Final = Expressions(Registry())
"""With no function but those of the grammar itself."""
Variables: TypeAlias = Mapping[str, Any]


class BadValue(BihuanError):
    """变量只能是文字、数字、是否或空。 A variable is a text, a number, true, false or nothing."""

    code = "bad-variable"


@dataclass(frozen=True, slots=True)
class Compute:
    """Give variables the values of expressions (计算)."""

    values: Mapping[str, str]
    next: str
    otherwise: str = PERSON
    """Where a call goes on whose expression cannot be computed."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Go where the first expression leads that is true (比较), else `otherwise`."""

    cases: tuple[tuple[str, str], ...]
    otherwise: str = PERSON


@dataclass(frozen=True, slots=True)
class Collect:
    """Ask for several keys (收号), ended by #, by silence or by the last one; * begins anew, a lone 0 leads to a human."""

    say: tuple[str, ...]
    into: str
    next: str
    otherwise: str = PERSON
    least: int = 1
    most: int = 18
    seconds: int = 5
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class Lookup:
    """Put a registered question to the database (查询), `telephony/queries`; its answer is a variable with entries."""

    question: str
    given: Mapping[str, str]
    into: str
    next: str
    otherwise: str = PERSON
    """Where a call goes on to which the database gives no answer."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The value of an expression, said as a `number` or by its `digits`."""

    how: str
    expression: str


@dataclass(frozen=True, slots=True)
class Say:
    """Say prompts and values (播报)."""

    parts: tuple[str | Spoken, ...]
    next: str
    otherwise: str = PERSON


@dataclass(frozen=True, slots=True)
class Dial:
    """Put the caller through to an outside number (转接其他热线); with its end the call is over."""

    number: str
    otherwise: str = PERSON
    """Where a call goes on if nobody answers there."""
    seconds: int = 30


Node: TypeAlias = Compute | Branch | Collect | Lookup | Say | Dial


def known(caller: str, dialled: str, now: datetime) -> dict[str, Any]:
    """The values of `KNOWN`."""
    local = now.astimezone(LOCAL)
    return {"caller": caller, "dialled": dialled, "hour": local.hour, "minute": local.minute, "weekday": local.isoweekday()}


def evaluate(expression: str, variables: Variables) -> Any:
    """The value of an expression. Raises `BihuanError`."""
    return EXPRESSIONS.evaluate(expression, variables, None)


def plain(value: Any) -> Any:
    """A value that a call may keep. Raises `BadValue`."""
    if value is None or isinstance(value, bool):
        return value
    small = isinstance(value, int) and abs(value) < GREATEST
    finite = isinstance(value, float) and math.isfinite(value)
    if small or finite or (isinstance(value, str) and len(value) <= LONGEST):
        return value
    raise BadValue
