"""Random walks through every shipped diagram."""

from typing import Any

import pytest

from tests.differential import layer, models
from tests.differential.comparing import Repeat, differences
from tests.differential.walks import Case

SEEDS = 4


VARIABLES = {
    "work_order": "W1",
    "unit": "water",
    "role": "lead",
    "by": "agent1",
    "master": "C0",
    "kind": "merge",
    "days": 2,
    "call_id": "K1",
}


def case_of(key: str, seed: int, vocabulary: dict[str, Any]) -> Case:
    """A walk through a shipped diagram."""
    return Case(key, models.sources(key), str(seed), **vocabulary, variables={"case_no": "C1", "category": key, **VARIABLES})


@pytest.mark.parametrize("key", models.keys())
def test_a_shipped_diagram_goes_the_same_way_with_and_without_the_layer(key: str, vocabulary: dict[str, Any], library: Repeat) -> None:
    for seed in range(SEEDS):
        assert differences(case_of(key, seed, vocabulary), models.answers, library) is None


def test_the_walks_lead_through_the_diagrams(vocabulary: dict[str, Any]) -> None:
    walked = [layer.explore(case_of("complaint", seed, vocabulary), models.answers)[0] for seed in range(SEEDS)]
    assert max(map(len, walked)) >= 8
