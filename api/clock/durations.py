"""ISO 8601 durations of fixed length, as the test clock takes them."""

import re
from datetime import timedelta

from engine.errors import Invalid

_DAYS = r"(?P<days>\d{1,5})D"
_TIME = r"T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8}(?:\.\d{1,6})?)S)?"
_DURATION = re.compile(rf"P(?:(?P<weeks>\d{{1,4}})W|(?:{_DAYS})?(?:{_TIME})?)")
LONGEST = timedelta(days=3660)
WANTED = 'ISO 8601 时长，如 "P3D"、"PT30M"，最长十年。 An ISO 8601 duration such as "P3D" or "PT30M", ten years at most.'


def parse(text: str) -> timedelta:
    """`"P3D"`, `"PT30M"`, `"P1DT12H"`, `"P2W"`. Raises `Invalid` for anything else; months and years have no fixed length."""
    match = _DURATION.fullmatch(text)
    parts = {unit: float(value) for unit, value in match.groupdict().items() if value} if match else {}
    if not parts or timedelta(**parts) > LONGEST:
        raise Invalid(errors={"duration": WANTED})
    return timedelta(**parts)
