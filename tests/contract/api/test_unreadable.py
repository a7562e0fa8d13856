"""What no list, address or form can mean is refused in words, on either database, and never an error of ours."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.api.conftest import Desk
from tests.contract.api.test_files import PNG, upload
from tests.contract.api.test_machinery import signed
from tests.fixtures.cursors import forged

BAD_CURSORS = ["abc", "7", "%00", "W10", *(forged(*keys) for keys in ((None,), (2**63,), (-1,), (0, None), (2**63 - 1, "x"), (0, "a\x00")))]
LISTS = ["cases", "tasks", "elders", "customers", "incidents"]
OUT_OF_RANGE = [(2**63 - 1, 1, 1), (0, 2**64 - 1, 1), (0, 1, 2**31), (0, None, 1), (0, 1)]


@pytest.mark.parametrize("path", LISTS)
def test_a_bad_cursor_is_a_bad_request_wherever_there_are_pages(desk: Desk, path: str) -> None:
    told = {cursor: desk["admin"].get(f"{path}?cursor={cursor}") for cursor in BAD_CURSORS}
    assert {cursor: answer.status_code for cursor, answer in told.items()} == dict.fromkeys(BAD_CURSORS, 400)
    assert told["abc"].json["type"] == "urn:bihuan:problem:bad-cursor"


def test_so_is_one_of_a_history_or_of_tasks(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    for cursor in [*BAD_CURSORS, *(forged(*keys) for keys in OUT_OF_RANGE)]:
        assert desk["admin"].get(f"cases/{case_no}/history?cursor={cursor}").status_code == 400
        assert desk["admin"].get(f"tasks?cursor={cursor}").status_code == 400
        assert desk["admin"].get(f"tasks?sort=due&cursor={cursor}").status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "public/cases/%00?code=1",
        "public/cases/TS1?code=%00",
        "cases?category=%00",
        "cases?q=a%00b",
        "cases/%00",
        "tasks?element_id=%00",
        "tasks?group=%00",
        "elders?q=%00",
        "no-such-address%00",
        "cases?nobody_reads_this=%00",
        "cases?%00=1",
    ],
)
def test_a_nul_in_an_address_is_refused_without_a_trace(desk: Desk, capsys: pytest.CaptureFixture[str], address: str) -> None:
    for caller in (desk.stranger, desk["admin"]):
        answer = caller.get(address)
        assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    written = capsys.readouterr()
    assert "Traceback" not in written.out + written.err


@pytest.mark.parametrize(("path", "body"), [("cases", b'{"title": "\\u0000"}'), ("tokens", b'{"username": "\x00"}')])
def test_a_nul_in_a_body_is_refused(desk: Desk, path: str, body: bytes) -> None:
    assert desk["admin"].post(path, data=body, content_type="application/json").status_code == 400


def test_a_nul_in_a_form_or_in_the_name_of_a_file_is_refused(desk: Desk) -> None:
    sent = desk["designer1"].send("POST", "process-definitions", data={"files": "a\x00b"}, content_type="multipart/form-data")
    assert sent.status_code == 400
    assert upload(desk["agent1"], name="a\x00.png").status_code == 400


def test_a_nul_in_a_signed_callback_is_refused(desk: Desk) -> None:
    secret = desk["admin"].post("units/water/callback-secret").json["secret"]
    for body in (b'{"work_order": "\\u0000", "event": "accepted"}', nested(300).encode()):
        assert desk.stranger.post("callbacks/oa/water", data=body, headers=signed(secret, body)).status_code == 400


def nested(depth: int) -> str:
    """A JSON object so many levels deep."""
    return '{"a":' * depth + "1" + "}" * depth


@pytest.mark.parametrize(("depth", "status"), [(40, 200), (300, 400), (2000, 400)])
def test_a_body_may_be_nested_only_so_deeply_as_it_can_be_kept(desk: Desk, depth: int, status: int) -> None:
    task_id = desk.task(desk.open_case()["case_no"])["id"]
    assert desk["agent1"].post(f"tasks/{task_id}/claim").status_code == 200
    draft = f'{{"data": {{"demand": {nested(depth)}}}}}'
    kept = desk["agent1"].send("PUT", f"tasks/{task_id}/draft", data=draft, content_type="application/json")
    assert kept.status_code == status
    message = f'{{"name": "Withdraw", "correlation": {{"case_no": "X"}}, "payload": {nested(depth)}}}'
    sent = desk["admin"].send("POST", "messages", data=message, content_type="application/json")
    assert sent.status_code == status


def test_a_broad_body_is_not_a_deep_one(desk: Desk) -> None:
    task_id = desk.task(desk.open_case()["case_no"])["id"]
    desk["agent1"].post(f"tasks/{task_id}/claim")
    broad = {"data": {"demand": [{"a": [number]} for number in range(1000)]}}
    assert desk["agent1"].send("PUT", f"tasks/{task_id}/draft", json=broad).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        f"process-definitions/simple_matter/versions/{'9' * 30}",
        f"process-definitions/simple_matter/versions/{'9' * 18}",
        f"process-definitions/simple_matter/versions/{'9' * 10}/xml",
        f"process-definitions/simple_matter/versions/{'9' * 9}",
        f"process-definitions/simple_matter/versions/{'9' * 5000}",
        "process-definitions/simple_matter/versions/١",
        f"tasks/{'9' * 4400}-1",
        f"tasks/1-{'9' * 4400}",
        f"tasks/{'9' * 18}-{'9' * 9}",
        f"tasks/{'9' * 18}-{'9' * 10}",
        f"incidents/{'9' * 18}",
        f"incidents/{'9' * 30}",
        f"instances/{'9' * 18}",
    ],
)
def test_a_number_that_is_too_long_is_at_no_address(desk: Desk, address: str) -> None:
    assert desk["admin"].get(quote(address, safe="/")).status_code == 404


@pytest.mark.parametrize("number", ["TS99991231", "TS00010101", "TS99981231", "TS99991231ABCD", "ts99999999"])
def test_a_case_number_of_another_age_finds_nothing(desk: Desk, number: str) -> None:
    desk.open_case()
    found = desk["agent1"].get(f"cases?q={number}")
    assert (found.status_code, found.json["items"]) == (200, [])


def test_a_hidden_file_field_attaches_nothing_whatever_it_holds(desk: Desk) -> None:
    agent, kept = desk["agent1"], upload(desk["agent1"]).json["id"]
    for wrong in (5, {"a": 1}, [[1]], [kept]):
        task_id = desk.task(desk.open_case()["case_no"])["id"]
        refused: dict[str, Any] = {"outcome": "refuse", "demand": "不属于受理范围", "evidence": wrong}
        done = agent.post(f"tasks/{task_id}/complete", {"data": refused})
        assert done.status_code == 200, done.text
    # it is still its uploader's alone
    assert agent.get(f"files/{kept}").data == PNG
    assert desk["reviewer1"].get(f"files/{kept}").status_code == 404


@pytest.mark.parametrize(
    ("sent", "kept"), [("a%0Ab.png", "ab.png"), ("a%0D%0Ab.png", "ab.png"), ("a%E2%80%AEb.png", "ab.png"), ("a%E2%80%A8b.png", "ab.png")]
)
def test_a_file_name_is_kept_without_what_breaks_a_header_or_hides_its_end(desk: Desk, sent: str, kept: str) -> None:
    edge = b"edge"
    head = f"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''{sent}\r\n\r\n".encode()
    body = b"--" + edge + b"\r\n" + head + PNG + b"\r\n--" + edge + b"--\r\n"
    made = desk["agent1"].send("POST", "files", data=body, content_type="multipart/form-data; boundary=edge")
    assert (made.status_code, made.json["name"]) == (201, kept)
    assert desk["agent1"].get(f"files/{made.json['id']}").data == PNG
