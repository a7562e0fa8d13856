"""Every construct, and diagrams drawn at random, walked at random."""

from random import Random
from typing import Any

import pytest

from tests.differential import constructs, models, random_diagrams
from tests.differential.comparing import Repeat, differences
from tests.differential.walks import Case

SEEDS = 3
DRAWN = 40
CALLS = {"functions": {"soon": [0, 0]}, "operations": ["test.answer", "test.fail"]}
VARIABLES = {"x": 0, "xs": [1, 2, 3], "ys": [], "note": {"first": 1}, "items": [1, 2, 3]}


def answers(element: str, random: Random) -> dict[str, Any]:
    """Lists and dictionaries for joins to merge, one level deep: further down the library's tasks share what each may change."""
    shapes: list[dict[str, Any]] = [
        {"items": random.sample(range(9), random.randrange(4))},
        {"note": {element: random.randrange(9)}},
        {element: None},
        {"some": random.randrange(9)},  # what some branches of a join say, and not the last
        {"some": random.randrange(9)},
    ]
    return {"x": random.randrange(2), "payload": random.randrange(9), **random.choice(shapes)}


def case_of(name: str, drawn: bytes, seed: int) -> Case:
    """A walk through one file's process `P`."""
    return Case(name, models.bundle("P", (drawn,)), str(seed), **CALLS, variables=VARIABLES)  # type: ignore[arg-type]  # the two numbers it calls with


@pytest.mark.parametrize(("name", "drawn"), constructs.every(), ids=lambda given: given if isinstance(given, str) else "")
def test_a_construct_goes_the_same_way_with_and_without_the_layer(name: str, drawn: bytes, library: Repeat) -> None:
    for seed in range(SEEDS):
        assert differences(case_of(name, drawn, seed), answers, library) is None


@pytest.mark.parametrize("seed", range(DRAWN))
def test_a_random_diagram_goes_the_same_way_with_and_without_the_layer(seed: int, library: Repeat) -> None:
    case = case_of(f"random {seed}", random_diagrams.Drawer(str(seed)).draw(), seed)
    assert differences(case, answers, library) is None


def test_there_are_all_the_constructs_that_were_tried() -> None:
    assert len({name for name, _drawn in constructs.every()}) == len(constructs.every()) >= 72
