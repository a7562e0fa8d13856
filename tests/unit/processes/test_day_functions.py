"""`wd(n)` and `days_from_now(n)` as the diagrams call them."""

from datetime import datetime
from typing import Any, cast

import pytest
from sqlalchemy.orm import Session

from engine.actor import SYSTEM
from engine.context import Agenda, Context
from engine.expressions import Expressions
from engine.registry import Registry
from processes.deadlines import functions
from processes.deadlines.errors import BadAmount, UnknownYear
from processes.deadlines.zone import LOCAL


@pytest.fixture
def context(session: Session) -> Context:
    now = datetime(2026, 2, 13, 15, 0, tzinfo=LOCAL)
    return Context(session, now, SYSTEM, cast(Agenda, None), 1, "complaint", "C1", "visit", {"n": 5}, {}, {})


@pytest.fixture
def expressions() -> Expressions:
    registry = Registry()
    functions.register(registry)
    return Expressions(registry)


def value(expressions: Expressions, text: str, context: Context) -> Any:
    return expressions.evaluate(text, context.variables, context)


def test_a_timer_takes_the_moment_n_working_days_from_now(expressions: Expressions, context: Context) -> None:
    assert value(expressions, "wd(n)", context) == "2026-02-27T15:00:00+08:00"


def test_a_timer_takes_the_moment_n_days_from_now(expressions: Expressions, context: Context) -> None:
    assert value(expressions, "days_from_now(2)", context) == "2026-02-15T15:00:00+08:00"


def test_what_is_no_number_of_days_is_refused(expressions: Expressions, context: Context) -> None:
    for text in ('wd("5")', "wd(True)", "wd(0)", "wd(1.5)", "days_from_now(None)"):
        with pytest.raises(BadAmount):
            value(expressions, text, context)


def test_a_far_year_is_refused(expressions: Expressions, context: Context) -> None:
    with pytest.raises(UnknownYear):
        value(expressions, "wd(900)", context)
