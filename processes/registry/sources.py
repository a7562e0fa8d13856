"""The registers as value sources: what a form field with `valuesKey` offers."""

from collections.abc import Callable, Sequence
from functools import cache

from engine.context import Context
from engine.registry import Choice, Registry
from processes.registry.accounts.services import members
from processes.registry.areas.services import areas
from processes.registry.taxonomy.services import LEVELS, of_level
from processes.registry.units.services import active_units


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
    return [{"value": unit.code, "label": unit.name, "label_en": unit.name_en} for unit in active_units(context.session)]


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
