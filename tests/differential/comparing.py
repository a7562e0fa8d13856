"""The same walk on every side, and where the sides first differ."""

from collections.abc import Callable
from typing import Any

import orjson

from tests.differential import layer, snapshots
from tests.differential.walks import Act, Case, Outcome

Repeat = Callable[[Case, list[Act]], list[Outcome]]


def differences(case: Case, answers: layer.Answers, library: Repeat) -> str | None:
    """Walk a case with our layer at random and repeat it with the library and with a stored instance; None when all agree,
    else what to say about the first difference."""
    acts, ours = layer.explore(case, answers)
    theirs = library(case, acts)
    stored = layer.follow(case, acts)
    return _first("in memory", case, acts, ours, theirs) or _first("restored", case, acts, stored, theirs)


def _first(side: str, case: Case, acts: list[Act], ours: list[Outcome], theirs: list[Outcome]) -> str | None:
    for place, (our, their) in enumerate(zip(ours, theirs, strict=True)):
        done = acts[place - 1] if place else "the beginning"
        where = f"{case.name}, seed {case.seed}, {side}, after {done} (act {place})"
        for name in ("error", "events", "log"):
            mine, its = _plain(getattr(our, name)), getattr(their, name)
            if mine != its:
                return f"{where}: {name} is {mine}, the library's {its}"
        if our.error is None:
            mine, its = snapshots.stored(our.tree), snapshots.stored(their.tree)
            if mine != its:
                row = next((row for row, pair in enumerate(zip(mine, its, strict=False)) if pair[0] != pair[1]), min(len(mine), len(its)))
                return f"{where}: row {row} of the tree is {mine[row : row + 1]}, the library's {its[row : row + 1]}"
    return None


def _plain(value: Any) -> Any:
    """As it comes back from the other process."""
    return orjson.loads(orjson.dumps(value))
