"""Python's garbage collector, set up for a process that stays: a server or a worker."""

import gc

YOUNG, MIDDLE, OLD = 10_000, 20, 50
"""Allocations between two looks at the youngest objects, and between looks at the older ones. A command makes some thousand
objects that end with it; looked at every 700, Python's own choice, they cost 30 % of a timer (docs/performance.md)."""


def settle() -> None:
    """Leave what stands now out of all collections (it stays anyway), and collect less often. Call it once everything is built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
