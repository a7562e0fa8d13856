"""The colours of the two lamps and their order; `api/web/lamps.py` says them in words and shapes."""

from collections.abc import Iterable
from typing import Final

SEVERITY: Final = ("green", "none", "yellow", "red_hollow", "red")
"""From best to worst; `none` is an order in work that nothing is wrong with."""


def worst(colours: Iterable[str]) -> str | None:
    """The worst of some colours; None of none."""
    return max(colours, key=SEVERITY.index, default=None)
