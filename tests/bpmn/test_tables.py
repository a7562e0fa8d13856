"""The decision tables of the hotline, row by row where the owner or a standard gave a figure."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from engine.decisions.tables import DecisionTable, read_tables
from engine.definitions.xml import parse_safely
from engine.expressions import Expressions
from engine.registry import Registry
from tests.bpmn.drawings import MODELS
from tests.fixtures.host import ROOT

EXPRESSIONS = Expressions(Registry())
TABLES: dict[str, DecisionTable] = {}
for _path in sorted((MODELS / "common").glob("*.dmn")):
    TABLES |= read_tables(parse_safely(_path.read_bytes()))
CLASSES = [one["code"] for one in orjson.loads((ROOT / "processes/registry/taxonomy/classes.json").read_bytes())]
UNITS = {"water", "housing", "urban", "market", "transport", "hr", "civil", "health", "education", "power", "heat", "police"}


def decide(table: str, **facts: Any) -> Mapping[str, Any]:
    return TABLES[table].decide(EXPRESSIONS, facts)


@pytest.mark.parametrize("class_l1", [*CLASSES, "no such class", None])
@pytest.mark.parametrize("kind", ["complaint", "report", "suggestion", "help", None])
@pytest.mark.parametrize("area", ["610402001", "610425", None])
def test_every_matter_has_a_leading_unit(class_l1: str | None, kind: str | None, area: str | None) -> None:
    decided = decide("route", register={"class_l1": class_l1, "kind": kind, "area": area})
    assert decided["lead"] in UNITS
    assert set(decided["assist"]) <= UNITS - {decided["lead"]}
    assert decided["needs_review"] is not (kind == "help" and class_l1 in ("water", "power", "heat", "gas"))


def test_heat_outside_the_city_is_the_housing_bureaus() -> None:
    assert decide("route", register={"class_l1": "heat", "area": "610402003", "kind": "complaint"})["lead"] == "heat"
    assert decide("route", register={"class_l1": "heat", "area": "610425", "kind": "complaint"})["lead"] == "housing"


@pytest.mark.parametrize(
    ("category", "class_l1", "urgency", "limit"),
    [
        ("complaint", "urban", "critical", (1, "C", 15)),
        ("complaint", "water", "normal", (1, "C", 30)),
        ("complaint", "urban", "normal", (7, "C", 30)),
        ("consultation", "hr", "normal", (2, "W", 30)),
        ("simple_matter", "civil", "urgent", (7, "C", 30)),
        (None, None, None, (7, "C", 30)),
    ],
)
def test_limits_are_those_of_the_owner_and_the_standards(category: str, class_l1: str, urgency: str, limit: tuple[Any, ...]) -> None:
    decided = decide("due", category=category, register={"class_l1": class_l1, "urgency": urgency})
    assert (decided["due_days"], decided["calendar"], decided["ack_minutes"]) == limit


@pytest.mark.parametrize(
    ("age", "colour"), [(0, "green"), (3.0, "green"), (3.01, "none"), (5.0, "none"), (5.01, "yellow"), (7.0, "yellow"), (7.01, "red")]
)
def test_the_age_light_changes_after_three_five_and_seven_days(age: float, colour: str) -> None:
    assert decide("age_light", age_days=age) == {"age": colour}


@pytest.mark.parametrize(
    ("finished", "remaining", "near", "original", "colour"),
    [
        (False, 100, 33.6, 100, "none"),
        (False, 33.6, 33.6, 33.6, "yellow"),
        (False, 0, 33.6, 0, "yellow"),
        (False, -0.1, 33.6, -0.1, "red"),
        (False, 119, 57.6, -1, "red_hollow"),
        (False, 12, 57.6, -108, "red_hollow"),
        (False, -0.1, 57.6, -120, "red"),
        (True, -24, 33.6, -24, "green"),
        (True, 100, 33.6, 100, "green"),
    ],
)
def test_the_due_light_follows_the_truth_table(finished: bool, remaining: float, near: float, original: float, colour: str) -> None:
    assert decide("due_light", finished=finished, remaining_h=remaining, near_h=near, original_remaining_h=original) == {"due": colour}


@pytest.mark.parametrize(("level", "to"), [(1, "unit"), (2, "unit_leader"), (3, "centre")])
def test_reminders_climb_from_the_unit_to_its_leader_to_the_centre(level: int, to: str) -> None:
    assert decide("remind", late={"level": level}) == {"to": to, "template": "ack_late"}
    assert decide("remind", rung={"level": level}) == {"to": to, "template": "supervise"}


@pytest.mark.parametrize("category", ["complaint", "consultation", "public_affair", "to_do", None])
def test_visits_are_due_within_a_working_day(category: str | None) -> None:
    assert decide("visit", category=category)["visit_wd"] == 1
