"""The classes of matters, read once from the bundled sample: four levels, codes like `water`, `water-1`, `water-11`, `water-111`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "classes.json"
LEVELS = 4


@dataclass(frozen=True, slots=True)
class MatterClass:
    """One class; `path` are the names from its first level down to itself."""

    code: str
    name: str
    level: int
    path: tuple[str, ...]


@cache
def classes() -> tuple[MatterClass, ...]:
    """Every class, each followed by its sub-classes."""
    return tuple(_walk(json.loads(DATA.read_text(encoding="utf-8")), ()))


def of_level(level: int) -> tuple[MatterClass, ...]:
    """The classes of a level (1 to 4)."""
    return tuple(found for found in classes() if found.level == level)


def matter_class(code: str) -> MatterClass | None:
    """The class of a code, or None."""
    return _by_code().get(code)


@cache
def _by_code() -> dict[str, MatterClass]:
    return {found.code: found for found in classes()}


def _walk(nodes: list[Mapping[str, Any]], above: tuple[str, ...]) -> Iterator[MatterClass]:
    for node in nodes:
        path = (*above, node["name"])
        yield MatterClass(node["code"], node["name"], len(path), path)
        yield from _walk(node.get("children", []), path)
