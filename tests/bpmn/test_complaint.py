"""The complaint's diagram, on every road through it."""

from collections.abc import Callable

import pytest

from tests.bpmn.town import Town


def test_a_complaint_goes_round_the_closed_loop(town: Town) -> None:
    case_no = town.call()
    for element in ("register", "review", "ack", "handle", "result_review", "reply_citizen", "visit"):
        assert town.tasks(case_no) == [element]
        town.do(case_no, element)
    assert town.outcome(case_no) == "办结"
    assert town.told(case_no, "citizen") == ["accepted", "transferred", "closed"]
    assert town.told(case_no, "unit") == ["dispatched", "closed"]
    assert town.instances(case_no) == [("complaint", "办结"), ("work_order", "已办结")]
    assert town.timers(case_no) == {}


def test_a_cry_for_help_over_water_goes_out_without_a_review(town: Town) -> None:
    case_no = town.registered(kind="help", class_l1="water")
    assert town.tasks(case_no) == ["ack"]
    assert town.order(case_no).unit == "water"


def test_what_the_reviewer_sends_back_is_registered_again_and_accepted_once(town: Town) -> None:
    case_no = town.registered()
    town.do(case_no, "review", decision="back")
    assert town.tasks(case_no) == ["register"]
    town.do(case_no, "register", class_l1="transport")
    town.do(case_no, "review")
    assert town.order(case_no).unit == "transport"
    assert town.told(case_no, "citizen") == ["accepted", "transferred"]


def test_a_refused_complaint_ends_with_a_message_and_no_work_order(town: Town) -> None:
    case_no = town.registered()
    town.do(case_no, "review", decision="reject")
    assert town.outcome(case_no) == "不予受理"
    assert town.told(case_no, "citizen") == ["accepted", "refused"]
    assert town.instances(case_no) == [("complaint", "不予受理")]


def test_a_reminder_of_the_first_review_does_not_blur_the_second_ones_answer(town: Town) -> None:
    case_no = town.registered()
    town.wait(hours=25)
    assert town.told(case_no, "centre") == ["urge"]
    town.do(case_no, "review", decision="back")
    town.do(case_no, "register")
    town.wait(hours=25)
    assert town.told(case_no, "centre") == ["urge", "urge"]
    town.do(case_no, "review", decision="reject")
    assert town.outcome(case_no) == "不予受理"


def test_a_review_in_time_is_not_reminded(town: Town) -> None:
    case_no = town.registered()
    assert "review_late" in town.timers(case_no)
    town.do(case_no, "review")
    assert "review_late" not in town.timers(case_no)


@pytest.mark.parametrize(("action", "after"), [("new", ["review"]), ("link", ["review"]), ("merge", [])])
def test_a_similar_case_is_linked_merged_or_left_alone(town: Town, action: str, after: list[str]) -> None:
    first = town.registered()
    second = town.registered()
    assert town.tasks(second) == ["link_check"]
    town.do(second, "link_check", action=action, master=first)
    assert town.tasks(second) == after
    assert town.outcome(second) == ("并案" if action == "merge" else None)


def test_the_leading_and_the_assisting_unit_answer_and_the_centre_merges_it(town: Town) -> None:
    case_no = town.dispatched(assist=["water"])
    assert town.tasks(case_no) == ["ack", "ack"]
    for unit in ("urban", "water"):
        town.do(case_no, "ack", by_unit=unit)
        town.do(case_no, "handle", by_unit=unit)
        town.do(case_no, "result_review")
    assert town.tasks(case_no) == ["merge_answers"]
    town.do(case_no, "merge_answers", answer="两家单位均已修复")
    assert town.tasks(case_no) == ["reply_citizen"]


def test_a_returned_order_goes_to_another_unit(town: Town) -> None:
    case_no = town.dispatched()
    town.do(case_no, "ack", outcome="return")
    town.do(case_no, "return_audit", new_unit="transport")
    assert town.tasks(case_no) == ["redispatch"]
    town.do(case_no, "redispatch")
    order = town.order(case_no)
    assert (order.unit, order.role) == ("transport", "lead")
    assert town.tasks(case_no) == ["ack"]


def test_an_assisting_unit_is_replaced_by_an_assisting_unit(town: Town) -> None:
    case_no = town.dispatched(assist=["water"])
    town.do(case_no, "ack", by_unit="water", outcome="return")
    town.do(case_no, "return_audit")
    town.do(case_no, "redispatch", lead="transport")
    order = town.order(case_no, "transport")
    assert order.role == "assist"


def test_an_answer_that_comes_while_another_order_is_sent_out_again_is_not_lost(town: Town) -> None:
    case_no = town.dispatched(assist=["water"])
    town.do(case_no, "ack", by_unit="water", outcome="return")
    town.do(case_no, "return_audit")
    town.do(case_no, "ack", by_unit="urban")
    town.do(case_no, "handle", by_unit="urban")
    town.do(case_no, "result_review")
    assert town.tasks(case_no) == ["redispatch"]
    town.do(case_no, "redispatch", lead="transport")
    assert town.tasks(case_no) == ["ack"]
    for element in ("ack", "handle", "result_review", "merge_answers"):
        town.do(case_no, element)
    assert town.tasks(case_no) == ["reply_citizen"]


def test_two_returns_at_once_are_sent_out_again_one_after_the_other(town: Town) -> None:
    case_no = town.dispatched(assist=["water"])
    for unit in ("urban", "water"):
        town.do(case_no, "ack", by_unit=unit, outcome="return")
        town.do(case_no, "return_audit")
    town.do(case_no, "redispatch", lead="transport")
    assert "redispatch" in town.tasks(case_no)
    town.do(case_no, "redispatch", lead="police")
    assert town.tasks(case_no) == ["ack", "ack"]
    assert town.order(case_no, "transport").role == "lead"
    assert town.order(case_no, "police").role == "assist"


def test_a_citizen_out_of_reach_is_tried_three_times_and_then_written_to(town: Town) -> None:
    case_no = town.answered()
    for _ in range(2):
        town.do(case_no, "reply_citizen", reached=False)
        assert town.tasks(case_no) == []
        town.wait(hours=2.1)
    town.do(case_no, "reply_citizen", reached=False)
    assert town.tasks(case_no) == ["visit"]
    assert town.told(case_no, "citizen")[-1] == "closed"


def test_an_agent_who_does_not_reply_is_reminded_after_a_working_day(town: Town) -> None:
    case_no = town.answered()
    before = len(town.told(case_no, "centre"))
    town.wait(hours=25)
    assert town.told(case_no, "centre")[before:] == ["urge"]
    town.do(case_no, "reply_citizen")
    assert town.tasks(case_no) == ["visit"]


def test_an_unsatisfied_citizen_is_served_once_more_within_three_working_days(town: Town) -> None:
    case_no = town.answered()
    town.do(case_no, "reply_citizen")
    town.do(case_no, "visit", handling_sat="unsatisfied")
    town.do(case_no, "redo_decision", decision="redo")
    order = town.order(case_no)
    assert (order.unit, order.calendar, order.round) == ("urban", "W", 1)
    for element in ("ack", "handle", "result_review", "reply_citizen"):
        assert town.tasks(case_no) == [element]
        town.do(case_no, element)
    town.do(case_no, "visit", handling_sat="unsatisfied")
    assert town.outcome(case_no) == "办结"


def test_a_redo_that_satisfies_ends_the_case(town: Town) -> None:
    case_no = town.answered()
    town.do(case_no, "reply_citizen")
    town.do(case_no, "visit", handling_sat="unsatisfied")
    town.do(case_no, "redo_decision", decision="redo")
    for element in ("ack", "handle", "result_review", "reply_citizen", "visit"):
        town.do(case_no, element)
    assert town.visits(case_no) == ["unsatisfied", "satisfied"]
    assert town.outcome(case_no) == "办结"


def test_an_explained_complaint_is_closed(town: Town) -> None:
    case_no = town.answered()
    town.do(case_no, "reply_citizen")
    town.do(case_no, "visit", handling_sat="unsatisfied")
    town.do(case_no, "redo_decision")
    assert town.outcome(case_no) == "办结"


def returning(town: Town) -> str:
    case_no = town.dispatched()
    town.do(case_no, "ack", outcome="return")
    return case_no


def to_redispatch(town: Town) -> str:
    case_no = returning(town)
    town.do(case_no, "return_audit")
    return case_no


def in_review_of_the_result(town: Town) -> str:
    case_no = town.dispatched(assist=["water"])
    town.do(case_no, "ack", by_unit="urban")
    town.do(case_no, "handle", by_unit="urban")
    return case_no


def to_merge(town: Town) -> str:
    case_no = in_review_of_the_result(town)
    town.do(case_no, "result_review")
    for element in ("ack", "handle", "result_review"):
        town.do(case_no, element)
    return case_no


def out_of_reach(town: Town) -> str:
    case_no = town.answered()
    town.do(case_no, "reply_citizen", reached=False)
    return case_no


def visiting(town: Town) -> str:
    case_no = town.answered()
    town.do(case_no, "reply_citizen")
    return case_no


def between_visits(town: Town) -> str:
    case_no = visiting(town)
    town.do(case_no, "visit", reached=False)
    return case_no


def to_decide_on_a_redo(town: Town) -> str:
    case_no = visiting(town)
    town.do(case_no, "visit", handling_sat="unsatisfied")
    return case_no


def overdue(town: Town) -> str:
    case_no = town.dispatched()
    town.do(case_no, "ack")
    town.wait(days=8)
    return case_no


PLACES: list[Callable[[Town], str]] = [
    Town.call, Town.registered, Town.dispatched, returning, to_redispatch, in_review_of_the_result, to_merge, Town.answered,
    out_of_reach, visiting, between_visits, to_decide_on_a_redo, overdue,
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_complaint_can_be_withdrawn_anywhere(town: Town, place: Callable[[Town], str]) -> None:
    case_no = place(town)
    town.ask(case_no, "withdraw", reason="问题已自行解决")
    assert town.outcome(case_no) == "撤回"
    assert town.tasks(case_no) == []
    assert town.timers(case_no) == {}
    assert "live" not in dict(town.instances(case_no)).values()
    assert town.told(case_no, "citizen")[-1] == "withdrawn"
