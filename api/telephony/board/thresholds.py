"""When a figure of the board is to be looked at, and when it is an alarm (T21)."""

from typing import Final, NamedTuple

FINE, WATCH, ALARM = "fine", "watch", "alarm"


class Threshold(NamedTuple):
    """From which value on; where less is worse, up to which."""

    watch: float
    alarm: float
    less_is_worse: bool = False


THRESHOLDS: Final = {
    "waiting": Threshold(3, 8),
    "longest_seconds": Threshold(30, 60),
    "service_level": Threshold(80, 60, less_is_worse=True),
    "abandoned_percent": Threshold(5, 10),
    "ready": Threshold(1, 0, less_is_worse=True),
}
"""By figure; percentages as such."""


def level(figure: str, value: float | None) -> str:
    """`fine`, `watch` or `alarm`; what is not known is fine."""
    if value is None:
        return FINE
    watch, alarm, less = THRESHOLDS[figure]
    if less:
        return ALARM if value <= alarm else WATCH if value <= watch else FINE
    return ALARM if value >= alarm else WATCH if value >= watch else FINE
