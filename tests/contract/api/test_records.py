"""Correcting a record (C29), and a citizen's wish to get no messages (C33), over HTTP."""

from tests.contract.api.conftest import CASE, Desk


def test_a_record_is_corrected_with_a_reason(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    body = {"reason": "来电人更正", "title": "三盏路灯不亮", "content": CASE["content"]}
    answer = desk["agent1"].post(f"cases/{case_no}/corrections", body, headers={"Idempotency-Key": "once"})
    assert (answer.status_code, answer.json) == (201, {"case_no": case_no, "corrected": ["title"]})
    again = desk["agent1"].post(f"cases/{case_no}/corrections", body, headers={"Idempotency-Key": "once"})
    assert again.json == answer.json
    shown = desk["agent1"].get(f"cases/{case_no}").json
    (entry,) = shown["entries"]
    assert (shown["title"], entry["label"], entry["text"], entry["reason"]) == ("三盏路灯不亮", "title", CASE["title"], "来电人更正")


def test_a_correction_without_a_reason_or_a_right_is_refused(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    nameless = desk["agent1"].post(f"cases/{case_no}/corrections", {"title": "三盏路灯不亮"})
    assert (nameless.status_code, nameless.json["errors"][0]["field"]) == (422, "reason")
    body = {"reason": "来电人更正", "title": "三盏路灯不亮"}
    assert desk["reviewer1"].post(f"cases/{case_no}/corrections", body).status_code == 403
    assert desk["unit_water"].post(f"cases/{case_no}/corrections", body).status_code == 403
    assert desk["agent1"].post("cases/TS0/corrections", body).status_code == 404


def test_a_number_is_opted_out_and_in_again(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    for wanted in (False, True):
        answer = desk["agent1"].send("PUT", f"cases/{case_no}/messages", json={"wanted": wanted, "reason": "市民来电要求"})
        assert (answer.status_code, answer.json) == (200, {"case_no": case_no, "wanted": wanted})
    entries = desk["agent1"].get(f"cases/{case_no}").json["entries"]
    assert [(one["kind"], one["label"]) for one in entries] == [("messages", "out"), ("messages", "in")]
    assert desk["reviewer1"].send("PUT", f"cases/{case_no}/messages", json={"wanted": False, "reason": "越权"}).status_code == 403
    assert desk["agent1"].send("PUT", f"cases/{case_no}/messages", json={"wanted": False}).status_code == 422
