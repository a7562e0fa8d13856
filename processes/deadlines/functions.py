"""The functions over days that diagrams use: `wd(n)` and `days_from_now(n)`."""

from engine.context import Context
from engine.registry import Registry
from processes.deadlines.errors import BadAmount
from processes.deadlines.limits import due_at
from processes.deadlines.services import calendar
from processes.deadlines.zone import LOCAL


def register(registry: Registry) -> None:
    """Lend the functions to the diagrams."""

    @registry.function("wd", 1, summary="n 个工作日之后的时刻 the moment n working days from now (ISO 8601)")
    def wd(context: Context, days: float) -> str:
        """The moment n working days from now, at the same local time of day. Raises `BadAmount`, `UnknownYear`."""
        return due_at(calendar(context.session), context.now, _number(days), "W").astimezone(LOCAL).isoformat()

    @registry.function("days_from_now", 1, summary="n 天之后的时刻 the moment n days of 24 hours from now (ISO 8601)")
    def days_from_now(context: Context, days: float) -> str:
        """The moment n calendar days from now. Raises `BadAmount`."""
        return due_at(calendar(context.session), context.now, _number(days), "C").astimezone(LOCAL).isoformat()


def _number(days: object) -> float:
    if isinstance(days, bool) or not isinstance(days, int | float):
        raise BadAmount
    return days
