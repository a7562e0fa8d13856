"""Who may see and do what."""

from typing import Any

import pytest

from tests.acceptance.hotline import Hotline

STAFF = ("agent1", "reviewer1", "visitor1", "supervisor1", "auditor1", "designer1", "unit_housing", "unit_water", "shift_leader1")
ACTIONS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "urge": ({"text": "请尽快处理"}, {"agent1", "shift_leader1"}),
    "supplement": ({"text": "补充：三号楼也停水"}, {"agent1", "shift_leader1"}),
    "note": ({"text": "请高度重视"}, {"supervisor1", "shift_leader1"}),
    "extend": ({"days": 3, "reason": "需要等待配件"}, {"unit_housing"}),
}


def test_a_unit_sees_only_cases_with_a_work_order_of_its_own(hotline: Hotline) -> None:
    case_no = hotline.complaint_at("ack")
    case = hotline.case(case_no)
    task, instance = case["tasks"][0]["id"], case["instances"][0]["id"]
    for address in (f"cases/{case_no}", f"cases/{case_no}/history", f"tasks/{task}", f"instances/{instance}"):
        assert hotline["unit_water"].get(address).status_code == 403, address
        assert hotline["unit_housing"].get(address).status_code == 200, address
    assert case_no not in {found["case_no"] for found in hotline["unit_water"].get("cases").json()["items"]}
    assert "1900002" not in hotline["unit_housing"].get(f"cases/{case_no}").text, "phones are masked"


@pytest.mark.parametrize("action", ACTIONS)
def test_a_side_action_is_open_to_its_roles_alone(hotline: Hotline, action: str) -> None:
    body, allowed = ACTIONS[action]
    case_no = hotline.complaint_at("handle")
    if action == "extend":
        body = {**body, "work_order": hotline.order(case_no)["work_order"]}
    answers = {who: hotline.act(case_no, action, who, **body).status_code for who in STAFF}
    assert {who for who, status in answers.items() if status == 201} == allowed
    assert {status for who, status in answers.items() if who not in allowed} == {403}
    assert hotline.open_tasks(case_no)[0] == "handle", "the main task stays where it is"


def test_nobody_gets_in_without_a_token(hotline: Hotline) -> None:
    stranger = hotline.server.client()
    for address in ("cases", "tasks", "process-definitions", "events"):
        assert stranger.get(address).status_code == 401, address
    assert stranger.post("tokens", json={"username": "agent1", "password": "wrong"}).status_code == 401


def test_five_wrong_codes_lock_the_public_query(hotline: Hotline) -> None:
    opened = hotline.opened()
    citizen, address = hotline.server.client(), f"public/cases/{opened['case_no']}"
    shown = citizen.get(address, params={"code": opened["query_code"]})
    assert shown.json()["status"] == "open"
    assert "李" not in shown.text
    for _ in range(5):
        assert citizen.get(address, params={"code": "x"}).status_code == 403
    assert citizen.get(address, params={"code": opened["query_code"]}).status_code == 429


def test_an_attachment_with_a_chinese_name_follows_its_case(hotline: Hotline) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"0" * 40
    kept = hotline["agent1"].post("files", files={"file": ("现场照片.png", picture, "image/png")}).json()["id"]
    assert hotline["reviewer1"].get(f"files/{kept}").status_code == 404, "it is its uploader's alone"
    case_no = hotline.opened()["case_no"]
    hotline.do(case_no, "register", "agent1", class_l1="property", files=[kept])
    hotline.do(case_no, "review", lead="housing")
    assert hotline["unit_housing"].get(f"files/{kept}").content == picture
    assert hotline["unit_water"].get(f"files/{kept}").status_code == 403
