"""Tasks over HTTP: claim, complete, release, delegate, each with its refusals."""

import pytest

from tests.contract.api.conftest import Desk

ANSWERS = {"outcome": "accept", "demand": "请尽快修复", "phone": "19000001234"}


def test_a_task_shows_its_form_and_is_completed(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    task_id = desk.task(case_no)["id"]
    task = desk["agent1"].get(f"tasks/{task_id}").json
    assert {"id", "element_id", "name", "case_no", "form", "data"} <= set(task)
    assert [component["key"] for component in task["form"]["components"]] == ["outcome", "demand", "phone", "evidence"]
    assert desk["agent1"].post(f"tasks/{task_id}/complete", {"data": ANSWERS}).status_code == 200
    assert desk["agent1"].get(f"cases/{case_no}").json["tasks"] == []


def test_wrong_answers_name_the_field_and_leave_the_task(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    task_id = desk.task(case_no)["id"]
    answer = desk["agent1"].post(f"tasks/{task_id}/complete", {"data": {"outcome": "perhaps"}})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json["errors"]} == {"outcome", "demand"}
    assert desk.task(case_no)["id"] == task_id


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": []}, {"data": "x"}])
def test_a_completion_without_data_is_refused(desk: Desk, body: dict[str, object]) -> None:
    task_id = desk.task(desk.open_case()["case_no"])["id"]
    answer = desk["agent1"].post(f"tasks/{task_id}/complete", body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["data"]


def test_the_second_claim_hears_who_was_first(desk: Desk) -> None:
    task_id = desk.task(desk.open_case()["case_no"])["id"]
    assert desk["agent1"].post(f"tasks/{task_id}/claim").status_code == 200
    second = desk["admin"].post(f"tasks/{task_id}/claim")
    assert second.status_code == 409
    assert second.json["claimed_by"] == "agent1"


def test_the_demo_administrator_completes_what_another_claimed(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    task_id = desk.task(case_no)["id"]
    desk["agent1"].post(f"tasks/{task_id}/claim")
    assert desk["admin"].post(f"tasks/{task_id}/complete", {"data": ANSWERS}).status_code == 200
    steps = desk["agent1"].get(f"cases/{case_no}/history").json["items"]
    assert [step["actor"] for step in steps if step["type"] == "complete"] == ["admin"]


def test_a_task_done_twice_is_a_conflict(desk: Desk) -> None:
    task_id = desk.task(desk.open_case()["case_no"])["id"]
    desk["agent1"].post(f"tasks/{task_id}/complete", {"data": ANSWERS})
    assert desk["agent1"].post(f"tasks/{task_id}/complete", {"data": ANSWERS}).status_code == 409


def test_another_group_may_neither_claim_nor_complete(desk: Desk) -> None:
    task_id = desk.task(desk.open_case()["case_no"])["id"]
    assert desk["exec1"].post(f"tasks/{task_id}/claim").status_code == 403
    assert desk["exec1"].post(f"tasks/{task_id}/complete", {"data": ANSWERS}).status_code == 403


def test_a_task_is_released_and_delegated(desk: Desk) -> None:
    task_id = desk.task(desk.open_case()["case_no"])["id"]
    agent = desk["agent1"]
    agent.post(f"tasks/{task_id}/claim")
    assert [task["id"] for task in agent.get("tasks?mine=1").json["items"]] == [task_id]
    assert agent.post(f"tasks/{task_id}/release").status_code == 200
    assert agent.get("tasks?mine=1").json["items"] == []
    nobody = agent.post(f"tasks/{task_id}/delegate", {"to": "nobody"})
    assert nobody.status_code == 422
    assert [error["field"] for error in nobody.json["errors"]] == ["to"]
    assert agent.post(f"tasks/{task_id}/delegate", {"to": "reviewer1"}).status_code == 422
    assert agent.post(f"tasks/{task_id}/delegate", {"to": "admin"}).status_code == 200
    assert desk.task(agent.get(f"tasks/{task_id}").json["case_no"])["assignee"] == "admin"


def test_the_inbox_shows_only_what_one_may_do(desk: Desk) -> None:
    desk.open_case()
    assert len(desk["agent1"].get("tasks").json["items"]) == 1
    assert desk["visitor1"].get("tasks").json["items"] == []
    assert desk["agent1"].get("tasks?sort=sideways").status_code == 422
