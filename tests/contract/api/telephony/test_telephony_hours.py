"""A day of the queues by the hour (T21)."""

from datetime import UTC, datetime, timedelta

import pytest

from api.telephony.board import hours
from engine import clock
from processes.deadlines.zone import local_day
from tests.bench import statements
from tests.contract.api.conftest import Desk
from tests.contract.api.telephony.rows import Rows
from tests.fixtures.clocks import MONDAY_MORNING

DAY = local_day(MONDAY_MORNING)
NINE = datetime(DAY.year, DAY.month, DAY.day, 1, tzinfo=UTC)
"""In Shanghai."""
ADDRESS = f"telephony/board/hours?day={DAY}"


def _called(rows: Rows, at: datetime, waited: float | None, queue: str = "general") -> None:
    """Somebody called, and was answered so many seconds later or gave up."""
    talking = None if waited is None else at + timedelta(seconds=waited)
    agent = None if waited is None else "agent1"
    rows.past(agent, ago=clock.now() - at, queue=queue, queued_at=at, talking_at=talking)


def test_each_hour_counts_who_was_answered_in_time_later_and_not_at_all(desk: Desk, rows: Rows) -> None:
    _called(rows, NINE, 5)
    _called(rows, NINE + timedelta(minutes=59, seconds=59), 25)
    _called(rows, NINE + timedelta(hours=2), None)
    found = desk["team_leader1"].get(ADDRESS).json
    line = {"answered": 2, "in_time": 1, "abandoned": 0, "waited_seconds": 15, "service_level": 50}
    none = {"answered": 0, "in_time": 0, "abandoned": 0, "waited_seconds": None, "service_level": None}
    assert found["hours"] == [{"hour": 9, **line}, {"hour": 10, **none}, {"hour": 11, **none, "abandoned": 1, "service_level": 0}]
    assert found["total"] == {"hour": None, **line, "abandoned": 1, "service_level": 33}


def test_a_day_begins_and_ends_in_shanghai_and_a_queue_can_be_looked_at_alone(desk: Desk, rows: Rows) -> None:
    midnight = NINE - timedelta(hours=9)
    for hour in (0, 24):
        for second in (-1, 0):
            _called(rows, midnight + timedelta(hours=hour, seconds=second), 1)
    _called(rows, NINE, 1, "labour")
    found = desk["quality1"].get(ADDRESS).json
    assert [one["hour"] for one in found["hours"] if one["answered"]] == [0, 9, 23]
    assert len(found["hours"]) == 24
    assert [one["hour"] for one in desk["quality1"].get(f"{ADDRESS}&queue=labour").json["hours"]] == [9]
    assert desk["quality1"].get(f"{ADDRESS}&queue=nobody").json == {
        "hours": [],
        "total": {"hour": None, "answered": 0, "in_time": 0, "abandoned": 0, "waited_seconds": None, "service_level": None},
    }


@pytest.mark.parametrize(("who", "status"), [("agent1", 403), ("unit_water", 403), ("auditor1", 200), ("supervisor1", 200)])
def test_only_those_who_see_everybodys_calls_see_it(desk: Desk, who: str, status: int) -> None:
    assert desk[who].get("telephony/board/hours").status_code == status


@pytest.mark.parametrize("asked", ["day=yesterday", "day=0001-01-01", "day=9999-12-31"])
def test_a_day_that_is_none_is_refused(desk: Desk, asked: str) -> None:
    refused = desk["supervisor1"].get(f"telephony/board/hours?{asked}")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "day")


def test_a_day_is_one_statement_however_many_called(desk: Desk, rows: Rows) -> None:
    for minute in range(5):
        _called(rows, NINE + timedelta(minutes=30 * minute), minute)
    with desk.product.engine.read() as session, statements.recorded(desk.product.database) as pieces:
        pieces.append(statements.Transaction())
        assert hours.day(session, DAY).total.calls == 5
    assert pieces[0].count == 1
