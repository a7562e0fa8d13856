"""Every way in which a case may come to its end, by forms and clock alone."""

from datetime import timedelta

import pytest

from tests.acceptance.hotline import NOT_OURS, Hotline

UNHAPPY = {"reached": True, "handler_sat": "unsatisfied", "handling_sat": "unsatisfied"}
STAGES = ("register", "review", "ack", "handle", "result_review", "reply_citizen", "visit")


def test_a_complaint_is_answered_before_it_is_closed(hotline: Hotline) -> None:
    opened = hotline.opened()
    done = hotline.walk(opened["case_no"], register={"class_l1": "property"}, handle={"reply": "水管已修好，恢复供水。"})
    assert done == ["register", "review", "ack", "handle", "result_review", "reply_citizen", "visit"]
    case = hotline.case(opened["case_no"])
    assert (case["status"], case["outcome"]) == ("closed", "办结")
    assert {instance["status"] for instance in case["instances"]} == {"ended"}
    public = hotline.server.client().get(f"public/cases/{opened['case_no']}", params={"code": opened["query_code"]})
    assert public.json()["answer"] == "水管已修好，恢复供水。"


@pytest.mark.parametrize("stage", STAGES)
def test_a_case_can_be_withdrawn_at_any_stage(hotline: Hotline, stage: str) -> None:
    case_no = hotline.complaint_at(stage)
    assert hotline.act(case_no, "withdraw", reason="市民已自行解决").status_code == 201
    case = hotline.case(case_no)
    assert (case["status"], case["outcome"], case["tasks"]) == ("closed", "撤回", [])
    assert "open" not in {order["status"] for order in case["work_orders"]}
    assert hotline.act(case_no, "withdraw", reason="再次撤回").status_code == 409


def test_a_citizen_whom_nobody_reaches_is_visited_three_times(hotline: Hotline) -> None:
    case_no = hotline.complaint_at("visit")
    for attempt in (1, 2, 3):
        assert hotline.open_tasks(case_no) == ["visit"], f"attempt {attempt}"
        hotline.do(case_no, "visit", "visitor1", reached=False)
        hotline.advance(timedelta(hours=5))
    case = hotline.case(case_no)
    assert (case["status"], case["visits"][-1]["result"]) == ("closed", "unconfirmed")


def test_an_unhappy_citizen_gets_one_second_round(hotline: Hotline) -> None:
    case_no = hotline.complaint_at("visit")
    hotline.do(case_no, "visit", "visitor1", **UNHAPPY)
    hotline.do(case_no, "redo_decision", decision="redo")
    assert [order["status"] for order in hotline.case(case_no)["work_orders"]] == ["done", "open"]
    hotline.walk(case_no, "visit")
    hotline.do(case_no, "visit", "visitor1", **UNHAPPY)
    assert hotline.case(case_no)["status"] == "closed"


def test_a_refused_return_goes_back_and_an_accepted_one_goes_on(hotline: Hotline) -> None:
    case_no = hotline.complaint_at("ack")
    due = hotline.order(case_no)["due_at"]
    hotline.do(case_no, "ack", "unit_housing", **NOT_OURS)
    hotline.do(case_no, "return_audit", "reviewer1", audit="reject", reason="属于贵单位职责")
    assert hotline.open_tasks(case_no) == ["handle"]
    assert hotline.order(case_no)["due_at"] == due, "the clock was not touched"
    hotline.do(case_no, "handle", "unit_housing", **NOT_OURS)
    hotline.do(case_no, "return_audit", "reviewer1", audit="approve")
    hotline.do(case_no, "redispatch", "exec1", lead="urban")
    case = hotline.case(case_no)
    assert [(order["unit"], order["status"]) for order in case["work_orders"]] == [("housing", "returned"), ("urban", "open")]
    assert [entry["audit"] for entry in case["returns"]] == ["reject", "approve"]


@pytest.mark.parametrize(
    ("mode", "outcome"), [("instant", "即时办结"), ("three_party", "专家办结"), ("later", "专家办结"), ("transfer", "单位办结")]
)
def test_a_consultation_ends_by_each_of_its_ways(hotline: Hotline, mode: str, outcome: str) -> None:
    case_no = hotline.opened("consultation")["case_no"]
    hotline.walk(case_no, answer={"mode": mode})
    assert hotline.case(case_no)["outcome"] == outcome


def test_a_second_complaint_of_the_same_citizen_is_merged_and_answered_with_the_first(hotline: Hotline) -> None:
    citizen = {"name": "王合并", "phone": "19000029999"}
    first, second = (hotline.opened(citizen=citizen)["case_no"] for _ in range(2))
    hotline.do(first, "register", class_l1="property")
    hotline.do(second, "register", class_l1="property")
    hotline.do(second, "link_check", action="merge", master=first)
    case = hotline.case(second)
    assert (case["status"], case["outcome"]) == ("closed", "并案")
    assert second in [link["case_no"] for link in hotline.case(first)["links"]]


def test_three_units_work_side_by_side_and_their_answers_are_merged(hotline: Hotline) -> None:
    case_no = hotline.opened()["case_no"]
    hotline.do(case_no, "register", class_l1="property")
    hotline.do(case_no, "review", lead="housing", assist=["water", "urban"])
    assert hotline.open_tasks(case_no) == ["ack"] * 3
    done = hotline.walk(case_no)
    assert "merge_answers" in done
    assert hotline.case(case_no)["outcome"] == "办结"
