"""Both lamps over a case's life (requirements 0.2), by the test clock."""

from datetime import datetime, timedelta

import pytest

from tests.acceptance.hotline import NOT_OURS, Hotline

HOUR = timedelta(hours=1)


def lamps(hotline: Hotline, case_no: str) -> str:
    """`age/due` of a case."""
    lights = hotline.case(case_no)["lights"]
    return f"{lights['age']}/{lights['due']}"


def test_both_lamps_show_every_vector_of_the_truth_table(hotline: Hotline) -> None:
    assert lamps(hotline, hotline.complaint_at("review")) == "None/None"
    slow, extended, early, late, returned = (hotline.complaint_at("ack") for _ in range(5))
    for case_no in (slow, extended, early, late):
        hotline.do(case_no, "ack", "unit_housing")
    first = datetime.fromisoformat(hotline.order(slow)["dispatched_at"])

    def on_day(day: float) -> None:
        # the orders are some seconds apart: a minute later the vector holds for all of them
        hotline.wait_until(first + timedelta(days=day) + timedelta(minutes=1))

    on_day(1)
    hotline.do(returned, "ack", "unit_housing", **NOT_OURS)
    hotline.do(returned, "return_audit", "reviewer1")
    hotline.do(returned, "redispatch", "exec1", lead="urban")
    on_day(2)
    hotline.do(early, "handle", "unit_housing")
    assert lamps(hotline, early) == "green/green"
    on_day(2.9)
    assert lamps(hotline, slow) == "green/none"
    order = hotline.order(extended)["work_order"]
    hotline.act(extended, "extend", "unit_housing", work_order=order, days=5, reason="需要等待配件到货").raise_for_status()
    hotline.do(extended, "extension_decision", "exec1")
    on_day(3.01)
    assert lamps(hotline, slow) == "none/none"
    on_day(3.5)
    assert lamps(hotline, returned) == "none/none", "the citizen's age runs on from the first dispatch"
    assert hotline.order(returned)["lights"]["age"] == "green", "the new unit's starts with its own"
    on_day(4.99)
    assert lamps(hotline, slow) == "none/none"
    on_day(5.01)
    assert lamps(hotline, slow) == "yellow/none"
    on_day(6.1)
    assert lamps(hotline, slow) == "yellow/yellow"
    assert [urge["kind"] for urge in hotline.case(slow)["urges"]] == ["auto"]
    assert "supervise" not in hotline.open_tasks(slow), "to urge is not to supervise"
    on_day(7.01)
    assert lamps(hotline, slow) == "red/red"
    assert "supervise" in hotline.open_tasks(slow)
    assert lamps(hotline, extended) == "red/red_hollow"
    on_day(8)
    hotline.do(late, "handle", "unit_housing")
    assert lamps(hotline, late) == "red/green"
    assert "逾期办结" in hotline.order(late)["tags"]
    on_day(11.5)
    assert lamps(hotline, extended) == "red/red_hollow"
    assert "supervise" not in hotline.open_tasks(extended)
    on_day(12.01)
    assert lamps(hotline, extended) == "red/red"
    assert "supervise" in hotline.open_tasks(extended)
    assert lamps(hotline, early) == "green/green", "the lamps of a handled case stand still"


def test_a_silent_unit_is_reminded_three_times_and_the_mark_stays(hotline: Hotline) -> None:
    case_no = hotline.complaint_at("ack")
    sent = datetime.fromisoformat(hotline.order(case_no)["dispatched_at"])
    for minutes, times in ((29, 0), (31, 1), (59, 1), (61, 2), (91, 3), (240, 3)):
        hotline.wait_until(sent + timedelta(minutes=minutes))
        assert len(hotline.marks(case_no)) == times, f"after {minutes} minutes"
    moments = [datetime.fromisoformat(mark["at"]) - sent for mark in hotline.marks(case_no)]
    assert [round(moment / HOUR, 3) for moment in moments] == [0.5, 1, 1.5]
    hotline.do(case_no, "ack", "unit_housing")
    assert {mark["data"]["flag"] for mark in hotline.marks(case_no)} == {"超时确认"}
    assert hotline.order(case_no)["tags"] == ["超时确认"]


def test_a_unit_that_confirms_in_time_is_never_marked(hotline: Hotline) -> None:
    case_no = hotline.complaint_at("handle")
    hotline.advance(5 * HOUR)
    assert hotline.marks(case_no) == []


@pytest.mark.parametrize("duration", ["", "3 days", "-P1D", "P1X", None, 5, ["P1D"]])
def test_the_clock_takes_only_a_duration(hotline: Hotline, duration: object) -> None:
    assert hotline["admin"].post("clock/advance", json={"duration": duration}).status_code == 422


def test_only_an_administrator_moves_the_clock(hotline: Hotline) -> None:
    assert hotline["agent1"].post("clock/advance", json={"duration": "PT1S"}).status_code == 403
