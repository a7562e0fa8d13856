"""Calls to which anything happens, in any order: seeds that are the same each time, and what must hold after each step and at the end."""

import os

import pytest

from tests.unit.telephony.switchboard import Switchboard

FIRST = int(os.environ.get("WALK_SEED", "0"))
WALKS = int(os.environ.get("WALKS", "600"))
PARTS = 6


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_a_call_ends_and_leaves_nothing_behind(part: int) -> None:
    for seed in range(FIRST + part, FIRST + WALKS, PARTS):
        board = Switchboard(seed)
        try:
            board.walk(seed % 120)
            board.end()
        except Exception as error:
            error.add_note(f"seed {seed}\n{board}")
            raise
