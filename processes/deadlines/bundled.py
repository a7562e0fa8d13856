"""The years that ship with the product: 2004 to 2026 out of chinese-calendar, and provisional tables for 2027 and 2028."""

import json
from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path

from chinese_calendar import constants

from processes.deadlines.calendar import Year
from processes.deadlines.tables import parse_year

NOTICE = "国务院办公厅节假日安排通知（chinese-calendar 1.11.0）"
DECREE = "《全国年节及纪念日放假办法》推算，暂定"
PROVISIONAL = Path(__file__).parent / "data" / "provisional.json"
FESTIVALS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}


@cache
def official() -> tuple[Year, ...]:
    """2004 to 2026, as the State Council's yearly notices gave them."""
    holidays, workdays = _by_year(constants.holidays), _by_year(constants.workdays)
    return tuple(Year(year, holidays[year], workdays[year], False, NOTICE) for year in sorted(holidays))


@cache
def provisional() -> tuple[Year, ...]:
    """The years to come, by the decree alone, until the notice is loaded."""
    data = json.loads(PROVISIONAL.read_text(encoding="utf-8"))
    return tuple(parse_year(year, provisional=True, source=DECREE) for year in data["years"])


def _by_year(days: dict[date, str]) -> dict[int, dict[date, str]]:
    years: dict[int, dict[date, str]] = defaultdict(dict)
    for day, name in days.items():
        years[day.year][day] = FESTIVALS.get(name, name)
    return years
