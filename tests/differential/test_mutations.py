"""The tests of this folder can fail: a layer that is broken in one place is found out by some walk."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.spiff import codec, lean, prediction, workflow
from tests.differential import constructs, random_diagrams
from tests.differential.comparing import Repeat, differences
from tests.differential.test_constructs import answers, case_of

WALKS = 40
Break = Callable[[pytest.MonkeyPatch], None]


def _predicts_one_less(patch: pytest.MonkeyPatch) -> None:
    plain = prediction._unfold
    patch.setattr(prediction, "_unfold", lambda task, ahead: plain(task, ahead[:-1]))


def _predicts_another_state(patch: pytest.MonkeyPatch) -> None:
    plain = prediction._unfold
    patch.setattr(prediction, "_unfold", lambda task, ahead: plain(task, [(place, spec, 1) for place, spec, _state in ahead]))


def _shares_data(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lean, "own", lambda value: value)


def _runs_backwards(patch: pytest.MonkeyPatch) -> None:
    plain = workflow.Flow._ready_in
    patch.setattr(workflow.Flow, "_ready_in", lambda self, within: plain(self, within)[::-1])


def _forgets_who_waits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(workflow._Waiting, "update_waiting_tasks", lambda _self: None)


def _leaves_out_hooks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("engine.spiff.specs.traits_of", lambda _spec: 31)


def _joins_in_any_order(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lean, "MERGES", 0)


def _forgets_marks(patch: pytest.MonkeyPatch) -> None:
    plain = codec._row
    patch.setattr(codec, "_row", lambda task, place, inherited: [*plain(task, place, inherited)[:5]])


def _keeps_every_row(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(codec, "_settled", lambda _row, _parent: True)


@pytest.mark.parametrize(
    "broken",
    [
        _predicts_one_less,
        _predicts_another_state,
        _shares_data,
        _runs_backwards,
        _forgets_who_waits,
        _leaves_out_hooks,
        _joins_in_any_order,
        _forgets_marks,
        _keeps_every_row,
    ],
)
def test_a_broken_layer_is_found_out(broken: Break, library: Repeat, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    assert any(_differs(name, drawn, seed, library) for name, drawn, seed in _walks())


def _walks() -> list[tuple[str, bytes, int]]:
    drawn = [(f"random {seed}", random_diagrams.Drawer(str(seed)).draw(), seed) for seed in range(WALKS)]
    joins = [(name, file, seed) for name, file in constructs.every() if name == "parallel, three ways" for seed in range(12)]
    return [*drawn, *joins, *((name, file, seed) for name, file in constructs.every() for seed in range(2))]


def _differs(name: str, drawn: bytes, seed: int, library: Repeat) -> bool:
    try:
        return differences(case_of(name, drawn, seed), answers, library) is not None
    except AssertionError:  # a blob is not what it should be
        return True
    except (KeyError, IndexError, AttributeError, ValueError):  # broken so far that it does not even walk
        return True


def test_an_unbroken_layer_is_not_found_out(library: Repeat) -> None:
    found: list[Any] = [name for name, drawn, seed in _walks()[:WALKS:4] if _differs(name, drawn, seed, library)]
    assert found == []
