"""The test clock: it moves on, and what comes due on the way runs in due order."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from api import bootstrap
from api.clock.models import ClockOffset
from api.clock.services import LONGEST_STOP, follow
from engine import clock
from tests.contract.api.conftest import Desk
from tests.contract.api.test_tasks import ANSWERS


def test_the_clock_stands_where_the_machine_does_and_runs_on(desk: Desk) -> None:
    now = datetime.fromisoformat(desk["agent1"].get("clock").json["now"])
    assert abs(now - clock.real_now()) < timedelta(seconds=5)


def test_advancing_fires_what_comes_due_before_it_answers(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    desk["agent1"].post(f"tasks/{desk.task(case_no)['id']}/complete", {"data": ANSWERS})
    before = datetime.fromisoformat(desk["admin"].get("clock").json["now"])
    early = desk["admin"].post("clock/advance", {"duration": "PT59M"}).json
    late = desk["admin"].post("clock/advance", {"duration": "PT2M"}).json
    assert (early["fired"], late["fired"]) == (0, 1)
    assert timedelta(minutes=61) <= datetime.fromisoformat(late["now"]) - before < timedelta(minutes=62)
    assert desk.task(case_no)["element_id"] == "handle"


def test_what_came_due_on_the_way_carries_its_own_time(desk: Desk) -> None:
    cases = [desk.open_case()["case_no"] for _ in range(3)]
    for case_no in cases:
        desk["agent1"].post(f"tasks/{desk.task(case_no)['id']}/complete", {"data": ANSWERS})
    assert desk["admin"].post("clock/advance", {"duration": "P3D"}).json["fired"] == 3
    fired = []
    for case_no in cases:
        steps = desk["agent1"].get(f"cases/{case_no}/history").json["items"]
        timer = next(step for step in steps if step["type"] == "timer")
        done = next(step for step in steps if step["type"] == "complete")
        fired.append(datetime.fromisoformat(timer["at"]))
        assert timedelta(0) <= fired[-1] - datetime.fromisoformat(done["at"]) - timedelta(hours=1) < timedelta(seconds=1)
    assert fired == sorted(fired)


def test_the_offset_outlives_the_process(desk: Desk) -> None:
    moved = datetime.fromisoformat(desk["admin"].post("clock/advance", {"duration": "P3D"}).json["now"])
    clock.set_offset(timedelta(0))
    again = bootstrap.build(desk.product.settings)
    assert abs(clock.now() - moved) < timedelta(seconds=10)
    again.database.dispose()


def test_other_processes_follow_the_clock_but_not_while_it_travels(desk: Desk) -> None:
    def written(hours: int, until: datetime | None) -> None:
        with desk.product.sessions.begin() as session:
            session.merge(ClockOffset(id=1, micros=timedelta(hours=hours) // timedelta(microseconds=1), travelling_until=until))

    def followed() -> timedelta:
        follow(desk.product.sessions)
        return clock.offset()

    written(1, None)
    assert followed() == timedelta(hours=1)
    written(2, clock.real_now() + LONGEST_STOP)
    assert followed() == timedelta(hours=1)
    written(2, clock.real_now() - LONGEST_STOP)  # whoever moved it died on the way
    assert followed() == timedelta(hours=2)
    desk["admin"].post("clock/advance", {"duration": "PT1H"})
    with desk.product.sessions() as session:
        assert session.get_one(ClockOffset, 1).travelling_until is None


@pytest.mark.parametrize("duration", ["", "P", "PT", "3 days", "-P1D", "P1M", "P99999D", 3])
def test_a_duration_without_fixed_length_is_refused(desk: Desk, duration: object) -> None:
    answer = desk["admin"].post("clock/advance", {"duration": duration})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["duration"]


def test_only_administrators_move_the_clock(desk: Desk) -> None:
    assert desk["agent1"].post("clock/advance", {"duration": "P1D"}).status_code == 403


def test_without_the_setting_there_is_no_test_clock(desk: Desk) -> None:
    ordinary = bootstrap.build(replace(desk.product.settings, test_clock=False))
    assert ordinary.app.test_client().get("/api/v1/clock").status_code == 404
    ordinary.database.dispose()
