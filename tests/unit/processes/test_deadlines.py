"""Deadlines over calendar days and working days: the vectors of E06, make-up days, and no guessing."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from engine.actor import Actor
from processes.deadlines import bundled
from processes.deadlines.calendar import WorkCalendar, Year, merged
from processes.deadlines.errors import BadAmount, BadYear, UnknownYear
from processes.deadlines.limits import due_at, extended, near_at
from processes.deadlines.services import calendar, load_file, load_year
from processes.deadlines.tables import parse_year
from processes.deadlines.zone import LOCAL

ADMIN = Actor("admin", frozenset({"admin"}))
SHIPPED = merged(bundled.official(), bundled.provisional())
MOON_YEAR = {"year": 2029, "holidays": {"2029-01-01": "元旦", "2029-02-12": "春节"}, "workdays": {"2029-02-17": "春节"}}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-09-30", 5, "2026-10-13"),
        ("2026-03-02", 1, "2026-03-03"),
        ("2026-03-06", 1, "2026-03-09"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-02-21", 1, "2026-02-24"),
        ("2020-01-23", 1, "2020-02-03"),
    ],
)
def test_working_days_skip_holidays_and_count_make_up_days(start: str, days: int, due: str) -> None:
    assert SHIPPED.day_after(date.fromisoformat(start), days) == date.fromisoformat(due)
    assert due_at(SHIPPED, at(f"{start}T10:30"), days, "W") == at(f"{due}T10:30")


def test_the_day_is_the_day_in_shanghai() -> None:
    late_on_thursday_in_utc = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)  # already Friday in Shanghai
    assert due_at(SHIPPED, late_on_thursday_in_utc, 1, "W") == at("2026-03-09T01:00")


def test_calendar_days_are_24_hours_each_and_may_be_parts() -> None:
    start = at("2026-02-13T10:00")
    assert due_at(SHIPPED, start, 7, "C") == at("2026-02-20T10:00")
    assert due_at(SHIPPED, start, 1 / 12, "C") == at("2026-02-13T12:00")


@pytest.mark.parametrize(
    ("amount", "counting"), [(0, "C"), (-1, "C"), (0, "W"), (1.5, "W"), (1, "X"), (1e9, "C"), (1e9, "W"), (float("nan"), "C")]
)
def test_a_limit_that_is_none_is_refused(amount: float, counting: str) -> None:
    with pytest.raises(BadAmount):
        due_at(SHIPPED, at("2026-03-02T09:00"), amount, counting)


def test_a_year_that_nobody_entered_is_refused_never_guessed() -> None:
    with pytest.raises(UnknownYear) as raised:
        due_at(SHIPPED, at("2028-12-29T09:00"), 5, "W")
    assert raised.value.details["year"] == 2029
    assert "2029" in raised.value.message
    with pytest.raises(UnknownYear):
        SHIPPED.is_working(date(2003, 12, 31))


def test_calendar_days_need_no_table() -> None:
    assert due_at(WorkCalendar({}), at("2040-01-01T00:00"), 1, "C") == at("2040-01-02T00:00")


def test_the_official_years_have_the_published_number_of_working_days() -> None:
    assert [_worked(year) for year in (2024, 2025, 2026)] == [251, 248, 248]


def test_the_years_to_come_are_provisional_and_lose_thirteen_days_to_the_decree() -> None:
    for year in (2027, 2028):
        assert SHIPPED.is_provisional(date(year, 6, 1))
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
        weekdays = sum(day.weekday() < 5 for day in days if day.year == year)
        assert _worked(year) == weekdays - 13
    assert not SHIPPED.is_provisional(date(2026, 6, 1))


def test_near_is_one_day_of_the_calendar_or_a_fifth_of_the_time() -> None:
    start = at("2026-03-02T09:00")
    assert near_at(SHIPPED, start, at("2026-03-09T09:00"), "C") == at("2026-03-09T09:00") - timedelta(days=1.4)


def test_no_order_is_near_its_limit_before_half_its_time_is_gone() -> None:
    start = at("2026-03-02T09:00")
    assert near_at(SHIPPED, start, at("2026-03-03T09:00"), "C") == at("2026-03-02T21:00")
    assert near_at(SHIPPED, start, at("2026-03-04T09:00"), "C") == at("2026-03-03T09:00")


def test_near_counts_working_days_back_over_a_weekend() -> None:
    start = at("2026-03-02T09:00")
    assert near_at(SHIPPED, start, due_at(SHIPPED, start, 5, "W"), "W") == at("2026-03-06T09:00")
    assert near_at(SHIPPED, start, due_at(SHIPPED, start, 7, "W"), "W") == at("2026-03-09T23:24")
    assert near_at(SHIPPED, start, due_at(SHIPPED, start, 15, "W"), "W") == at("2026-03-18T09:00")


def test_an_extension_adds_days_of_the_same_calendar() -> None:
    due = at("2026-03-06T09:00")
    assert extended(SHIPPED, due, 5, "C") == at("2026-03-11T09:00")
    assert extended(SHIPPED, due, 5, "W") == at("2026-03-13T09:00")


def test_an_entered_year_opens_that_year(session: Session) -> None:
    with pytest.raises(UnknownYear):
        calendar(session).year(2029)
    load_file(session, json.dumps(MOON_YEAR), source="国办发明电〔2028〕1号", provisional=False, actor=ADMIN, now=at("2028-11-01T09:00"))
    assert calendar(session).is_working(date(2029, 2, 17))
    assert not calendar(session).is_working(date(2029, 2, 12))


def test_the_notice_replaces_a_provisional_year_whole(session: Session) -> None:
    notice = {"year": 2027, "holidays": {"2027-01-01": "元旦"}, "workdays": {"2027-01-03": "元旦"}}
    for source in ("草案", "通知"):
        load_year(session, notice, source=source, provisional=False, actor=ADMIN, now=at("2026-11-04T09:00"))
    known = calendar(session).year(2027)
    assert (known.source, known.provisional) == ("通知", False)
    assert calendar(session).is_working(date(2027, 1, 3))
    assert calendar(session).is_working(date(2027, 2, 8))


@pytest.mark.parametrize(
    "table",
    [
        None,
        [],
        {"year": "2029"},
        {"year": 2029},
        {"year": 2029, "holidays": []},
        {"year": 2029, "holidays": {"2029-13-01": "元旦"}},
        {"year": 2029, "holidays": {"2028-01-01": "元旦"}},
        {"year": 2029, "holidays": {"2029-01-01": 1}},
        {"year": 2029, "holidays": {"2029-01-01": "元旦"}, "workdays": {"2029-01-02": "元旦"}},
    ],
)
def test_a_table_that_is_wrong_is_refused(table: object) -> None:
    with pytest.raises(BadYear):
        parse_year(table, provisional=False, source="")


def test_text_that_is_no_json_is_refused(session: Session) -> None:
    with pytest.raises(BadYear):
        load_file(session, "{", source="", provisional=False, actor=ADMIN, now=at("2026-11-04T09:00"))


def test_going_back_over_working_days_stops_within_a_day() -> None:
    year = Year(2026, {}, {}, False, "")
    plain = WorkCalendar({2026: year})
    assert plain.back(at("2026-03-09T06:00"), 0.5) == at("2026-03-06T18:00")
    assert plain.back(at("2026-03-08T12:00"), 1) == at("2026-03-06T00:00")


def _worked(year: int) -> int:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return sum(SHIPPED.is_working(day) for day in days if day.year == year)
