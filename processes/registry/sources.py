"""The registers as value sources: what a form field with `valuesKey` offers."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from sqlalchemy import select

from engine.context import Context
from engine.db import tables
from engine.prepared import Prepared
from engine.registry import Choice, Registry
from processes.registry.accounts.services import members
from processes.registry.areas.services import areas
from processes.registry.taxonomy.services import LEVELS, of_level
from processes.registry.units.models import Unit

(UNIT,) = tables(Unit)
_UNITS: Final = Prepared(select(UNIT.c.code, UNIT.c.name, UNIT.c.name_en).where(UNIT.c.active).order_by(UNIT.c.code))


def register(registry: Registry) -> None:
    """Lend the registers to the forms: `units`, `areas`, `experts`, `classes` (level 1) and `classes_l2` to `classes_l4`."""
    registry.value_sources["units"] = units
    registry.value_sources["experts"] = experts
    registry.value_sources["areas"] = lambda context: area_choices()
    registry.value_sources["classes"] = _level(1)
    for level in range(2, LEVELS + 1):
        registry.value_sources[f"classes_l{level}"] = _level(level)


def units(context: Context) -> Sequence[Choice]:
    """The units that work orders can go to."""
    found = _UNITS.all(context.session.connection(), {})
    return [{"value": code, "label": name, "label_en": name_en} for code, name, name_en in found]


def experts(context: Context) -> Sequence[Choice]:
    """The expert seats 专家座席, by account; shown with their work number."""
    return [{"value": who.username, "label": f"{who.display_name}（{who.work_number}）"} for who in members(context.session, {"expert"})]


@cache
def area_choices() -> tuple[Choice, ...]:
    """Districts and streets, gathered by district."""
    return tuple({"value": area.code, "label": area.name, "group": area.district or area.name} for area in areas())


@cache
def class_choices(level: int) -> tuple[Choice, ...]:
    """The classes of a level, gathered by the class above."""
    return tuple({"value": found.code, "label": found.name, "group": " › ".join(found.path[:-1])} for found in of_level(level))


def _level(level: int) -> Callable[[Context], Sequence[Choice]]:
    return lambda context: class_choices(level)
