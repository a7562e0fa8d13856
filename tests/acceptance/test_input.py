"""Bad input: refused as a problem document that names the field, and nothing changes."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.acceptance.hotline import Hotline, fields, new_case

BAD_CASES: dict[str, dict[str, Any]] = {
    "category": {"category": "no_such"},
    "channel": {"channel": "pigeon"},
    "title": {"title": " "},
    "content": {"content": ["a", "list"]},
    "citizen": {"citizen": None},
    "citizen.phone": {"citizen": {"name": "李测试", "phone": "12"}},
    "citizen.name": {"citizen": {"phone": "19000021111"}},
    "confidential": {"confidential": "perhaps"},
    "variables.case_no": {"variables": {"case_no": "X"}},
}
BAD_FORMS: dict[str, Any] = {
    "class_l1": "no_such",
    "urgency": -1,
    "phone": "12",
    "title": "长" * 100_000,
    "content": "",
    "confidential": "yes",
    "occurred_at": "yesterday",
    "geo": {"lat": 999, "lng": 0},
    "files": ["attno_such_file"],
    "no_such_field": 1,
}
UNREADABLE = (b"{", b"\xff\xfe", b'{"title": NaN}', b'{"title": "a\\u0000"}', b'{"title": "\\ud800"}', b"[" * 100_000)
TOGETHER = 20


@pytest.mark.parametrize("field", BAD_CASES)
def test_a_wrong_case_is_refused_naming_the_field(hotline: Hotline, field: str) -> None:
    answer = hotline["agent1"].post("cases", json=new_case(**BAD_CASES[field]))
    assert answer.status_code == 422
    assert fields(answer) == {field}


def test_a_caller_may_stay_anonymous_with_a_reason(hotline: Hotline) -> None:
    assert hotline.opened(citizen=None, anonymous_reason="担心打击报复")["status"] == "open"


def test_a_place_that_no_list_knows_is_kept_for_the_agent(hotline: Hotline) -> None:
    case_no = hotline.opened(area="高新区科技路", address="丽彩小区3号楼")["case_no"]
    case = hotline.case(case_no)
    assert (case["area"], case["address"]) == (None, "高新区科技路 丽彩小区3号楼")
    assert hotline.case(hotline.opened(area="渭城区")["case_no"])["area"] == "610404"
    hotline.do(case_no, "register", class_l1="property")


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
def test_an_unreadable_body_is_refused(hotline: Hotline, body: bytes) -> None:
    answer = hotline["agent1"].post("cases", data=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert fields(answer) == {""}


@pytest.mark.parametrize("body", [None, [], "text", 5])
def test_a_body_that_is_no_object_is_refused(hotline: Hotline, body: object) -> None:
    answer = hotline["agent1"].post("cases", data=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_wrong_answers_leave_the_task_untouched(hotline: Hotline) -> None:
    case_no = hotline.complaint_at("register")
    task = hotline.task(case_no, "register")["id"]
    before = hotline.history(case_no)
    good = hotline.filled(case_no, "register", class_l1="property")
    for field, wrong in BAD_FORMS.items():
        answer = hotline["agent1"].post(f"tasks/{task}/complete", json={"data": {**good, field: wrong}})
        assert answer.status_code == 422, field
        assert fields(answer) == {field}
    assert hotline.open_tasks(case_no) == ["register"]
    assert hotline.history(case_no) == before


@pytest.mark.parametrize(
    "address",
    ["cases/NOPE", "cases/中文", "cases/NOPE/history", "tasks/1-1", "tasks/nope", "instances/1", "instances/x", "files/nope",
     "process-definitions/nope", "process-definitions/complaint/versions/99/xml", "public/cases/NOPE?code=1", "nope"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(hotline: Hotline, address: str) -> None:
    answer = hotline["admin"].get(address)
    assert answer.status_code == 404
    fields(answer)


def test_a_wrong_method_is_refused(hotline: Hotline) -> None:
    answer = hotline["admin"].delete("cases")
    assert answer.status_code == 405
    fields(answer)


@pytest.mark.parametrize("query", ["status=no", "age=blue", "due=blue", "limit=0", "limit=x", "cursor=zz"])
def test_a_wrong_filter_is_refused_naming_it(hotline: Hotline, query: str) -> None:
    answer = hotline["admin"].get(f"cases?{query}")
    assert answer.status_code in (400, 422)
    assert fields(answer) == {query.split("=")[0]}


def test_a_message_that_no_diagram_could_catch_is_refused_and_an_early_one_is_kept(hotline: Hotline) -> None:
    send = hotline["admin"].post
    assert fields(send("messages", json={"name": "Zork", "correlation": {"case_no": "X"}})) == {"name"}
    assert fields(send("messages", json={"name": "Withdraw", "correlation": {"call_id": "X"}})) == {"correlation"}
    assert send("messages", json={"name": "Withdraw", "correlation": {"case_no": "X"}, "payload": {}}).status_code == 200
    assert hotline["agent1"].post("messages", json={"name": "Withdraw", "correlation": {"case_no": "X"}}).status_code == 403


def test_a_key_opens_one_case_however_often_it_is_sent(hotline: Hotline) -> None:
    body, key = new_case(), {"Idempotency-Key": "the-same"}
    agent = hotline["agent1"]
    with ThreadPoolExecutor(TOGETHER) as crowd:
        answers = list(crowd.map(lambda _: agent.post("cases", json=body, headers=key), range(TOGETHER)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert agent.post("cases", json=new_case(title="另一件事"), headers=key).status_code == 422


def test_of_twenty_at_once_one_claims_and_one_completes(hotline: Hotline) -> None:
    case_no = hotline.complaint_at("register")
    task = hotline.task(case_no, "register")["id"]
    good = hotline.filled(case_no, "register", class_l1="property")
    people = (hotline["agent1"], hotline["admin"]) * (TOGETHER // 2)
    with ThreadPoolExecutor(TOGETHER) as crowd:
        claims = list(crowd.map(lambda who: who.post(f"tasks/{task}/claim"), people))
    holder = {answer.json()["assignee"] for answer in claims if answer.status_code == 200}
    assert {answer.json()["claimed_by"] for answer in claims if answer.status_code == 409} == holder
    assert len(holder) == 1
    with ThreadPoolExecutor(TOGETHER) as crowd:
        completions = list(crowd.map(lambda who: who.post(f"tasks/{task}/complete", json={"data": good}), people))
    assert sorted(answer.status_code for answer in completions) == [200] + [409] * (TOGETHER - 1)
    assert sum(step["type"] == "complete" for step in hotline.history(case_no)) == 1


def test_who_comes_second_is_told_who_was_first(hotline: Hotline) -> None:
    case_no = hotline.complaint_at("ack")
    task = hotline.task(case_no, "ack")["id"]
    hotline.do(case_no, "ack", "unit_housing")
    answer = hotline["admin"].post(f"tasks/{task}/complete", json={"data": {"outcome": "accept"}})
    assert (answer.status_code, answer.json()["claimed_by"]) == (409, "unit_housing")


def test_a_list_read_page_by_page_holds_each_case_once(hotline: Hotline) -> None:
    for _ in range(5):
        hotline.opened(title="翻页测试用的案件")
    found: list[str] = []
    query = {"q": "翻页测试用的案件", "limit": "2"}
    while True:
        page = hotline["admin"].get("cases", params=query).json()
        found += [case["case_no"] for case in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert len(found) == len(set(found)) == 5
