"""Both lamps: every vector of requirement 0.2, and what a case shows of several orders."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy.orm import Session

from processes.deadlines.calendar import WorkCalendar
from processes.deadlines.limits import near_at
from processes.deadlines.zone import LOCAL
from processes.lights.colours import SEVERITY, worst
from processes.lights.errors import UnknownColour
from processes.lights.facts import LATE, CaseFacts, OrderFacts
from processes.lights.services import Lights, Tables, case_lights, order_lights
from tests.unit.processes import lamp_tables

DISPATCHED = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)
NO_SESSION = cast(Session, None)
TABLES = {"own": lamp_tables.own()} | ({"shipped": found} if (found := lamp_tables.shipped()) else {})


@pytest.fixture(params=TABLES)
def tables(request: pytest.FixtureRequest) -> Tables:
    return TABLES[request.param]


def after(days: float) -> datetime:
    return DISPATCHED + timedelta(days=days)


def order(*, days: float = 7, extension: float = 0, handled: float | None = None, dispatched: float = 0) -> OrderFacts:
    """A work order dispatched some days after the first dispatch, due in some calendar days; `handled` counts from the first."""
    start = after(dispatched)
    due = start + timedelta(days=days)
    effective = due + timedelta(days=extension)
    near = near_at(WorkCalendar({}), start, effective, "C")
    return OrderFacts(start, due, effective, near, None if handled is None else after(handled))


@pytest.mark.parametrize(
    ("days", "age", "due"),
    [
        (2.9, "green", "none"),
        (3.0, "green", "none"),
        (3.01, "none", "none"),
        (5.0, "none", "none"),
        (5.01, "yellow", "none"),
        (6.1, "yellow", "yellow"),
        (7.01, "red", "red"),
    ],
)
def test_an_open_order_due_in_seven_days(tables: Tables, days: float, age: str, due: str) -> None:
    assert order_lights(tables, NO_SESSION, order(), after(days)) == Lights(age, due)


@pytest.mark.parametrize(("days", "due"), [(7.01, "red_hollow"), (11.5, "red_hollow"), (12.01, "red")])
def test_an_extension_of_five_days_moves_only_the_due_light(tables: Tables, days: float, due: str) -> None:
    assert order_lights(tables, NO_SESSION, order(extension=5), after(days)) == Lights("red", due)


def test_a_finished_order_is_due_green_and_its_age_stands_still(tables: Tables) -> None:
    assert order_lights(tables, NO_SESSION, order(handled=2), after(30)) == Lights("green", "green")


def test_an_order_finished_late_stays_age_red_and_carries_the_tag(tables: Tables) -> None:
    assert order_lights(tables, NO_SESSION, order(handled=8), after(30)) == Lights("red", "green", (LATE,))


def test_an_order_finished_within_its_extension_is_not_late(tables: Tables) -> None:
    assert order_lights(tables, NO_SESSION, order(extension=5, handled=8), after(30)).tags == ()


def test_a_new_unit_has_its_own_clock_while_the_citizen_s_runs_on(tables: Tables) -> None:
    again = order(dispatched=1)
    assert order_lights(tables, NO_SESSION, again, after(3.5)).age == "green"
    assert case_lights(tables, NO_SESSION, CaseFacts(DISPATCHED, None, [again]), after(3.5)).age == "none"


def test_the_lamps_turn_at_the_moment_not_before(tables: Tables) -> None:
    micro = timedelta(microseconds=1)
    at_due, at_near = order(), order()
    assert order_lights(tables, NO_SESSION, at_due, at_due.due_at) == Lights("yellow", "yellow")
    assert order_lights(tables, NO_SESSION, at_due, at_due.due_at + micro) == Lights("red", "red")
    assert order_lights(tables, NO_SESSION, at_near, at_near.near_at - micro).due == "none"
    assert order_lights(tables, NO_SESSION, at_near, at_near.near_at).due == "yellow"


def test_a_case_is_dark_before_its_first_dispatch(tables: Tables) -> None:
    assert case_lights(tables, NO_SESSION, CaseFacts(None), after(9)).as_json() == {"age": None, "due": None}


def test_a_case_shows_the_worst_due_light_of_its_open_orders(tables: Tables) -> None:
    orders = [order(handled=1), order(days=20), order(days=2)]
    assert case_lights(tables, NO_SESSION, CaseFacts(DISPATCHED, None, orders), after(2.5)).as_json() == {"age": "green", "due": "red"}


def test_a_case_whose_orders_are_all_finished_is_due_green(tables: Tables) -> None:
    lights = case_lights(tables, NO_SESSION, CaseFacts(DISPATCHED, after(8), [order(handled=8)]), after(30))
    assert lights == Lights("red", "green", (LATE,))


def test_a_case_that_waits_for_another_dispatch_has_no_deadline_but_ages(tables: Tables) -> None:
    assert case_lights(tables, NO_SESSION, CaseFacts(DISPATCHED), after(6)) == Lights("yellow", "none")


def test_worse_goes_before_better() -> None:
    assert worst(["green", "red_hollow", "yellow"]) == "red_hollow"
    assert worst(reversed(SEVERITY)) == "red"
    assert worst([]) is None


def test_a_table_that_gives_an_unknown_colour_is_named() -> None:
    class Blue:
        def evaluate(self, session: Session, decision_id: str, facts: Mapping[str, Any], /) -> Mapping[str, Any]:
            return {"age": "blue"}

    with pytest.raises(UnknownColour) as raised:
        order_lights(Blue(), NO_SESSION, order(), after(1))
    assert "age_light" in raised.value.message
