"""Reading a year's table of holidays as an administrator writes it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from processes.deadlines.calendar import SATURDAY, Year
from processes.deadlines.errors import BadYear


def parse_year(data: Any, *, provisional: bool, source: str) -> Year:
    """Read `{"year": 2027, "holidays": {"2027-01-01": "元旦"}, "workdays": {…}}`. Raises `BadYear` naming the day that is wrong."""
    if not isinstance(data, Mapping) or type(data.get("year")) is not int:
        raise BadYear('需要 {"year": 整数, "holidays": …, "workdays": …}。 Needed: {"year": a number, "holidays": …, "workdays": …}.')
    year: int = data["year"]
    holidays, workdays = _days(data, "holidays", year), _days(data, "workdays", year)
    if not holidays:
        raise BadYear(f"{year} 年没有任何节假日，表不完整。 {year} has no holiday at all; the table is incomplete.")
    for day in workdays:
        if day in holidays or day.weekday() < SATURDAY:
            raise BadYear(f"{day} 不是可以调休上班的周末。 {day} is no weekend that could be worked instead.")
    return Year(year, holidays, workdays, provisional, source)


def _days(data: Mapping[str, Any], key: str, year: int) -> dict[date, str]:
    table = data.get(key, {})
    if not isinstance(table, Mapping):
        raise BadYear(f"{key} 应为“日期: 名称”的表。 {key} must be a table of dates and names.")
    days: dict[date, str] = {}
    for text, name in table.items():
        try:
            day = date.fromisoformat(text)
        except (TypeError, ValueError):
            raise BadYear(f"{key} 中的 {text} 不是日期。 {text} in {key} is no date.") from None
        if day.year != year or not isinstance(name, str):
            raise BadYear(f"{key} 中的 {text} 不属于 {year} 年或没有名称。 {text} in {key} is not in {year}, or has no name.")
        days[day] = name
    return days
