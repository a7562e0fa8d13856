"""ISO 8601 durations of fixed length: weeks, days, hours, minutes, seconds; months and years have none."""

import re
from datetime import datetime, timedelta

from engine.errors import Invalid

_DAYS = r"(?P<days>\d{1,5})D"
_TIME = r"T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8}(?:\.\d{1,6})?)S)?"
_DURATION = re.compile(rf"P(?:(?P<weeks>\d{{1,4}})W|(?:{_DAYS})?(?:{_TIME})?)", re.ASCII)
LONGEST = timedelta(days=3660)


class NoDuration(Invalid):
    """应为 ISO 8601 时长，如 "P3D"、"PT30M"，最长十年。 Wanted is an ISO 8601 duration such as "P3D" or "PT30M", ten years at most."""

    code = "no-duration"


def parse(text: str, field: str = "duration") -> timedelta:
    """The length of `"P3D"`, `"PT30M"`, `"P1DT12H"`, `"P2W"`. Raises `NoDuration` naming the field."""
    match = _DURATION.fullmatch(text)
    parts = {unit: float(value) for unit, value in match.groupdict().items() if value} if match else {}
    if not parts or timedelta(**parts) > LONGEST:
        raise NoDuration(errors={field: (NoDuration.__doc__ or "").strip()})
    return timedelta(**parts)


def is_duration(text: str) -> bool:
    """Whether it is one."""
    try:
        parse(text)
    except NoDuration:
        return False
    return True


def after(moment: datetime, duration: str) -> datetime:
    """The moment an ISO 8601 duration later."""
    return moment + parse(duration)
