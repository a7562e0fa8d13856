"""Cases over HTTP: opening, finding, reading, and every way in which a call can be wrong."""

import re

import pytest

from tests.contract.api.conftest import CASE, Desk


def test_a_case_is_opened_and_waits_with_its_first_task(desk: Desk) -> None:
    opened = desk.open_case()
    assert set(opened) == {"case_no", "query_code", "category", "status", "instance_id"}
    assert isinstance(opened["instance_id"], str)
    assert opened["status"] == "open"
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", opened["case_no"])
    case = desk["agent1"].get(f"cases/{opened['case_no']}").json
    assert [task["element_id"] for task in case["tasks"]] == ["register"]
    assert case["tasks"][0]["candidate_groups"] == ["agent"]
    assert case["instances"] == [{"definition": "simple_matter", "version": 1, "status": "live"} | _rest(case["instances"][0])]
    assert case["work_orders"] == []


def _rest(instance: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in instance.items() if key not in ("definition", "version", "status")}


def test_neither_citizen_nor_reason_names_the_field(desk: Desk) -> None:
    answer = desk["agent1"].post("cases", {**CASE, "citizen": None})
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert "citizen" in [error["field"] for error in answer.json["errors"]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"category": "no_such"}, "category"),
        ({"channel": "pigeon"}, "channel"),
        ({"citizen": {"name": "王"}}, "citizen.phone"),
        ({"citizen": {"name": "王", "phone": "abc"}}, "citizen.phone"),
        ({"confidential": "perhaps"}, "confidential"),
        ({"variables": {"x": {"deep": 1}}}, "variables.x"),
    ],
)
def test_a_wrong_field_is_named(desk: Desk, change: dict[str, object], field: str) -> None:
    answer = desk["agent1"].post("cases", {**CASE, **change})
    assert answer.status_code == 422
    told = {error["field"]: error["message"] for error in answer.json["errors"]}
    assert re.search(r"[一-龥].*[A-Za-z]", told[field]), "both languages"


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"title": "\\ud800"}', b'{"title": "a\\u0000b"}'])
def test_what_is_no_json_is_a_bad_request(desk: Desk, body: bytes) -> None:
    answer = desk["agent1"].post("cases", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["type"] == "urn:bihuan:problem:malformed"


def test_another_content_type_is_refused(desk: Desk) -> None:
    assert desk["agent1"].post("cases", data=b"title=x", content_type="text/plain").status_code == 415


@pytest.mark.parametrize("body", [[], "text", 3, None])
def test_a_body_that_is_no_object_is_refused(desk: Desk, body: object) -> None:
    answer = desk["agent1"].send("POST", "cases", json=body)
    assert answer.status_code == 422


def test_every_failure_is_a_problem_document(desk: Desk) -> None:
    agent = desk["agent1"]
    for path, method, status in [
        ("/api/v1/nothing-here", "GET", 404),
        ("cases", "DELETE", 405),
        ("cases/NO-SUCH", "GET", 404),
        ("cases/NO-SUCH/history", "GET", 404),
        ("tasks/1-1", "GET", 404),
        ("tasks/nonsense", "GET", 404),
        ("instances/99", "GET", 404),
        ("instances/x", "GET", 404),
        ("files/att00", "GET", 404),
        ("process-definitions/none", "GET", 404),
        ("process-definitions/simple_matter/versions/9", "GET", 404),
    ]:
        answer = agent.send(method, path)
        assert answer.status_code == status, path
        assert answer.content_type == "application/problem+json", path
        assert {"type", "title", "status", "detail"} <= set(answer.json), path
        assert answer.json["status"] == status


def test_without_a_token_nobody_gets_in(desk: Desk) -> None:
    answer = desk.stranger.get("cases")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_reviewer_may_not_open_cases(desk: Desk) -> None:
    assert desk["reviewer1"].post("cases", CASE).status_code == 403


def test_a_foreign_unit_is_refused_and_put_on_record(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    answer = desk["unit_water"].get(f"cases/{case_no}")
    assert answer.status_code == 403
    assert desk["unit_water"].get("cases").json == {"items": [], "next": None}


def test_a_list_is_paged_by_an_opaque_cursor(desk: Desk) -> None:
    numbers = {desk.open_case(title=f"案件 {number}")["case_no"] for number in range(5)}
    first = desk["agent1"].get("cases?limit=3").json
    second = desk["agent1"].get("cases", query_string={"limit": 3, "cursor": first["next"]}).json
    assert len(first["items"]) == 3
    assert second["next"] is None
    assert {item["case_no"] for item in first["items"] + second["items"]} == numbers
    assert desk["agent1"].get("cases?cursor=rubbish").status_code == 400


def test_moments_carry_their_offset(desk: Desk) -> None:
    item = desk.open_case() and desk["agent1"].get("cases").json["items"][0]
    assert re.search(r"T\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)$", item["opened_at"])


def test_the_citizen_asks_with_the_secret_code(desk: Desk) -> None:
    opened = desk.open_case()
    address = f"public/cases/{opened['case_no']}"
    told = desk.stranger.get(address, query_string={"code": opened["query_code"]}).json
    assert told["status"] == "open"
    assert "王小明" not in str(told)
    for _ in range(5):
        assert desk.stranger.get(address, query_string={"code": "WRONG1"}).status_code == 403
    locked = desk.stranger.get(address, query_string={"code": opened["query_code"]})
    assert locked.status_code == 429
    assert desk.stranger.get("public/cases/NO-SUCH?code=x").status_code == 404
    assert desk.stranger.get(address).status_code == 422
