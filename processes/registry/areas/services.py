"""The areas of the city, read once from the bundled slice: codes of six digits are districts, of nine streets."""

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "xianyang.json"


@dataclass(frozen=True, slots=True)
class Area:
    """A district 区县 or a street 街道/镇; `district` is the name of the district it lies in, for a district itself empty."""

    code: str
    name: str
    district: str = ""

    @property
    def full_name(self) -> str:
        """The name as an address begins with it."""
        return self.district + self.name


@cache
def areas() -> tuple[Area, ...]:
    """Every area: each district followed by its streets."""
    city = json.loads(DATA.read_text(encoding="utf-8"))
    found: list[Area] = []
    for district in city["districts"]:
        found.append(Area(district["code"], district["name"]))
        found += (Area(street["code"], street["name"], district["name"]) for street in district["streets"])
    return tuple(found)


def area(code: str) -> Area | None:
    """The area of a code, or None."""
    return _by_code().get(code)


def code_of(text: str) -> str | None:
    """The code of an area by its code, its full name or a name that no other area has; None for any other text."""
    return text if text in _by_code() else _by_name().get(text)


@cache
def city_name() -> str:
    """The name of the city."""
    name: str = json.loads(DATA.read_text(encoding="utf-8"))["name"]
    return name


@cache
def _by_code() -> dict[str, Area]:
    return {area.code: area for area in areas()}


@cache
def _by_name() -> dict[str, str]:
    times = Counter(area.name for area in areas())
    unique = {area.name: area.code for area in areas() if times[area.name] == 1}
    return unique | {area.full_name: area.code for area in areas()}
