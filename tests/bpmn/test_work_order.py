"""The work order's diagram: confirmation, handling, return, result review, lamps and deadline."""

from tests.bpmn.town import Town

WEEK = 7 * 24


def test_three_reminders_climb_the_ladder_and_the_mark_stays(town: Town) -> None:
    case_no = town.dispatched()
    town.wait(minutes=29)
    assert town.order(case_no).ack_level == 0
    for minutes, level, side in ((2, 1, "unit"), (30, 2, "unit_leader"), (30, 3, "centre")):
        town.wait(minutes=minutes)
        assert town.order(case_no).ack_level == level
        assert town.told(case_no, side)[-1] == "ack_late"
    town.wait(hours=5)
    assert town.told(case_no).count("ack_late") == 3
    town.do(case_no, "ack")
    assert town.order(case_no).ack_level == 3
    assert "confirm_late" not in town.timers(case_no)
    assert town.tasks(case_no) == ["handle"]


def test_a_confirmation_in_time_is_not_reminded(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.wait(hours=2)
    assert "ack_late" not in town.told(case_no)


def test_a_refused_return_goes_back_to_the_unit_with_the_clock_running(town: Town) -> None:
    case_no = town.dispatched()
    before = town.order(case_no).due_at
    town.do(case_no, "ack", outcome="return")
    assert town.tasks(case_no) == ["return_audit"]
    town.wait(hours=3)
    assert town.told(case_no, "centre") == ["urge"]
    town.do(case_no, "return_audit", audit="reject")
    assert town.tasks(case_no) == ["handle"]
    assert town.order(case_no).due_at == before


def test_a_second_return_after_a_refused_one_can_be_granted(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack", outcome="return")
    town.do(case_no, "return_audit", audit="reject")
    town.do(case_no, "handle", outcome="return")
    town.do(case_no, "return_audit")
    assert dict(town.instances(case_no))["work_order"] == "已退回"
    assert town.order(case_no).status == "returned"
    assert town.told(case_no, "unit")[-1] == "returned"


def test_an_order_done_after_a_refused_return_is_done_not_returned(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.do(case_no, "handle", outcome="return")
    town.do(case_no, "return_audit", audit="reject")
    town.do(case_no, "handle")
    town.do(case_no, "result_review")
    assert dict(town.instances(case_no))["work_order"] == "已办结"
    assert town.tasks(case_no) == ["reply_citizen"]


def test_the_centre_sends_a_result_back_once(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.do(case_no, "handle")
    town.do(case_no, "result_review", verdict="redo")
    assert town.tasks(case_no) == ["handle"]
    town.do(case_no, "handle")
    assert town.tasks(case_no) == ["reply_citizen"]


def test_lamps_are_recorded_and_told_at_three_five_and_seven_days(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    assert "age_3" in town.timers(case_no)
    town.wait(days=3, hours=1)
    assert "age_5" in town.timers(case_no)
    town.wait(days=2)
    assert "urge" in town.told(case_no, "unit")
    town.wait(days=2)
    assert "red" in town.told(case_no, "unit_leader")
    assert not {"age_3", "age_5", "age_7"} & town.timers(case_no).keys()


def test_what_is_near_due_is_urged_and_what_is_due_supervised(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    order = town.order(case_no)
    assert town.timers(case_no)["wait_near"] == order.near_at
    town.wait(hours=WEEK - 23)
    assert town.told(case_no, "unit")[-1] == "near_due"
    assert town.timers(case_no)["wait_due"] == order.due_at
    assert ("supervision", "live") not in town.instances(case_no)
    town.wait(hours=24)
    assert ("supervision", "live") in town.instances(case_no)
    assert "overdue" in town.told(case_no, "unit_leader")
    assert town.tasks(case_no) == ["handle", "supervise"]


def test_an_answered_order_is_neither_urged_nor_supervised(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.do(case_no, "handle")
    town.wait(days=9)
    assert "near_due" not in town.told(case_no)
    assert [process for process, _outcome in town.instances(case_no)] == ["complaint", "work_order"]


def test_an_answer_sent_back_after_the_due_time_is_supervised_after_all(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.do(case_no, "handle")
    town.wait(days=9)
    town.do(case_no, "result_review", verdict="redo")
    town.wait(minutes=1)
    assert ("supervision", "live") in town.instances(case_no)


def test_an_extension_moves_the_due_timer_and_leaves_the_age_lamp(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.wait(days=3, hours=1)
    before, old = town.timers(case_no), town.order(case_no).due_at
    town.ask(case_no, "extend", work_order=town.order(case_no).number, days=5, reason="需要施工")
    town.do(case_no, "extension_decision")
    order, after = town.order(case_no), town.timers(case_no)
    assert (order.due_at - old).days == 5
    assert after["wait_near"] == order.near_at != before["wait_near"]
    assert after["age_5"] == before["age_5"]
    assert town.told(case_no, "citizen")[-1] == "extended"
    town.wait(days=5)
    assert ("supervision", "live") not in town.instances(case_no)
    town.wait(days=4)
    assert ("supervision", "live") in town.instances(case_no)


def test_an_extension_granted_while_supervised_starts_the_watch_anew(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.wait(days=6, hours=12)
    town.ask(case_no, "extend", work_order=town.order(case_no).number, days=3, reason="需要施工")
    town.wait(hours=13)
    assert "changed_after" not in town.timers(case_no)
    town.do(case_no, "extension_decision")
    assert town.timers(case_no)["wait_near"] == town.order(case_no).near_at


def test_a_refused_extension_changes_nothing(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    before = town.timers(case_no)
    town.ask(case_no, "extend", work_order=town.order(case_no).number, days=5, reason="需要施工")
    town.do(case_no, "extension_decision", decision="refuse")
    assert town.timers(case_no) == before
    assert dict(town.instances(case_no))["extension"] == "不同意延期"
    assert town.told(case_no, "unit")[-1] == "refused"


def test_an_undecided_extension_ends_with_its_order(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.ask(case_no, "extend", work_order=town.order(case_no).number, days=5, reason="需要施工")
    town.wait(hours=5)
    assert town.told(case_no, "centre") == ["urge"]
    town.do(case_no, "handle")
    town.do(case_no, "result_review")
    assert dict(town.instances(case_no))["extension"] == "随案办结"
    assert town.tasks(case_no) == ["reply_citizen"]
