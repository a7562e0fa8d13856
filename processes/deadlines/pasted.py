"""A year as an administrator brings it: dates pasted out of the yearly notice, a day or a span a line, or a JSON file."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from processes.deadlines.errors import BadYear

HOLIDAY, MAKE_UP = "节假日", "调休上班"
"""What a day is called that came without a name."""
LONGEST_SPAN: Final = 31
_DAY = r"(?:(?P<{0}y>\d{{4}})\s*[-/.年]\s*)?(?P<{0}m>\d{{1,2}})\s*[-/.月]\s*(?P<{0}d>\d{{1,2}})\s*日?"
_LINE: Final = re.compile(_DAY.format("a") + r"(?:\s*(?:至|到|—+|–|~|～|to)\s*" + _DAY.format("b") + r")?[\s,，:：、]*(?P<name>.*)")


_SHAPE: Final = '{"year": 2029, "holidays": {"2029-01-01": "元旦"}, "workdays": {}}'


@dataclass(frozen=True, slots=True)
class Table:
    """A year as it was brought, not yet checked: ISO date → name."""

    year: int
    holidays: Mapping[str, str]
    workdays: Mapping[str, str]


def typed(year: str, holidays: str, workdays: str) -> Table:
    """The table out of a form's three fields. Raises `BadYear` naming the field."""
    if not (year.isascii() and year.isdigit()):
        raise BadYear(errors={"year": "请填写年份，如 2029。 Give the year, as 2029."})
    number = int(year)
    return Table(number, days(holidays, number, HOLIDAY, "holidays"), days(workdays, number, MAKE_UP, "workdays"))


def of_file(content: bytes) -> Table:
    """The table out of a JSON file in the shape of `tables.parse_year`. Raises `BadYear`."""
    try:
        data = json.loads(content)
        return Table(int(data["year"]), dict(data["holidays"]), dict(data.get("workdays") or {}))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadYear(errors={"file": f"文件应为 JSON：{_SHAPE}。 The file must be JSON like {_SHAPE}."}) from None


def days(text: str, year: int, default: str, field: str) -> dict[str, str]:
    """ISO date → name, out of lines like `2029-02-12 至 2029-02-18 春节` or `2月12日 春节`; empty lines are left aside.

    Raises `BadYear` naming the field and the line.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            for day, name in _of_line(line.strip(), year, default, field, number):
                found[day.isoformat()] = name
    return found


def _of_line(line: str, year: int, default: str, field: str, number: int) -> list[tuple[date, str]]:
    parts = _LINE.fullmatch(line)
    try:
        if parts is None:
            raise ValueError
        first = _day(parts, "a", year)
        last = first if parts["bm"] is None else _day(parts, "b", year)
    except ValueError:
        raise _wrong(field, number, line, "不是日期", "is no date") from None
    length = (last - first).days + 1
    if not 1 <= length <= LONGEST_SPAN:
        raise _wrong(field, number, line, f"须从前到后、不超过 {LONGEST_SPAN} 天", f"must run forward, at most {LONGEST_SPAN} days")
    name = parts["name"].strip() or default
    return [(first + timedelta(days=offset), name) for offset in range(length)]


def _day(parts: re.Match[str], place: str, year: int) -> date:
    return date(int(parts[place + "y"] or year), int(parts[place + "m"]), int(parts[place + "d"]))


def _wrong(field: str, number: int, line: str, zh: str, en: str) -> BadYear:
    return BadYear(errors={field: f"第 {number} 行“{line[:40]}”{zh}。 Line {number} “{line[:40]}” {en}."})
