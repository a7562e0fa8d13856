"""ISO 8601 durations of whole weeks, days, hours, minutes and seconds."""

import re
from datetime import datetime, timedelta

from engine.errors import Invalid

_PATTERN = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?", re.ASCII
)


class NoDuration(Invalid):
    """不是 ISO 8601 时长，例如 P3D、PT30M。 Not an ISO 8601 duration such as P3D or PT30M."""

    code = "no-duration"


def parse(text: str) -> timedelta:
    """The length of `P3D`, `PT30M`, `P1DT2H`; longer than nothing, at most 3,660 days. Raises `NoDuration`."""
    match = _PATTERN.fullmatch(text.strip().upper()[:40])
    if match is None:
        raise NoDuration()
    parts = {name: int(value) for name, value in match.groupdict().items() if value}
    if any(value > 400_000_000 for value in parts.values()):
        raise NoDuration()
    length = timedelta(**parts)
    if not timedelta(0) < length <= timedelta(days=3660):
        raise NoDuration()
    return length


def after(moment: datetime, duration: str) -> datetime:
    """The moment an ISO 8601 duration later."""
    return moment + parse(duration)
