"""The ways through a plan as it was read: every target by its place, and what calls of a number can come to."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from telephony.plan import node_schemas as nodes
from telephony.plan.values import CATCH_ALL

Parts: TypeAlias = Mapping[str, Any]
"""The parts of a plan, by name."""
Ways: TypeAlias = Mapping[str, list[tuple[str, str]]]
"""Where each number, menu and node leads, by place inside it; each is named as in `numbers.12345`."""
PAGER = "pager:"
"""What targets begin with that call a pager's contacts."""


def targets(parts: Parts) -> Iterator[tuple[str, str]]:
    """Every target, by place."""
    for name, number in parts["numbers"].items():
        yield f"numbers.{name}.human", number.human
    for owner, ways in _ways(parts).items():
        yield from ((f"{owner}.{place}", target) for place, target in ways)


def pagers_of_nobody(parts: Parts) -> Iterator[tuple[str, str]]:
    """The pagers to which calls of unlisted numbers alone can come, by place: nobody knows whose button that would be."""
    ways = _ways(parts)
    listed = {owner for name in parts["numbers"] if name != CATCH_ALL for owner in _reached(ways, f"numbers.{name}")}
    for owner in _reached(ways, f"numbers.{CATCH_ALL}") - listed:
        yield from ((f"{owner}.{place}", target) for place, target in ways[owner] if target.startswith(PAGER))


def _ways(parts: Parts) -> Ways:
    numbers = {f"numbers.{name}": [("start", number.start)] for name, number in parts["numbers"].items()}
    menus = {
        f"menus.{name}": [("otherwise", menu.otherwise), *((f"keys.{key}", target) for key, target in menu.keys.items())]
        for name, menu in parts["menus"].items()
    }
    return numbers | menus | {f"nodes.{name}": [*nodes.targets(node).items()] for name, node in parts["nodes"].items()}


def _reached(ways: Ways, start: str) -> set[str]:
    """Everything through which calls can come that begin at `start`, itself included."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        here = ahead.pop()
        if here in ways and here not in found:
            found.add(here)
            ahead += [target.replace(":", "s.", 1) for _place, target in ways[here]]  # `menu:labour` is `menus.labour`
    return found
