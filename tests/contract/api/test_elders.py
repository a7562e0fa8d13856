"""The register of elders by the API: found, enrolled, changed, retired, masked, every change on record (C38, T23, T25)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from engine import clock
from engine.actor import SYSTEM
from processes.casefile.models import Case
from processes.contacts import alarms
from processes.registry.audit import services as audit
from processes.registry.elders import services as elders
from tests.contract.api.conftest import Answer, Desk

CONTACTS = [
    {"role": "family", "name": "赵大伟", "phone": "13900000001"},
    {"role": "liaison", "name": "李联络", "phone": "13900000002"},
]
ELDER = {
    "name": "赵奶奶",
    "phone": "029-33219999",
    "device": "P-9001",
    "line": "029-33210001",
    "address": "人民路12号",
    "area": "610402",
    "health": "高血压",
    "contacts": CONTACTS,
}
SECRETS = ("赵奶奶", "33219999", "33210001", "人民路", "高血压", "赵大伟", "13900000001")


def enrolled(desk: Desk, **changes: Any) -> Answer:
    """The answer to enrolling an elder."""
    return desk["care_clerk1"].post("elders", {**ELDER, **changes})


def fields(answer: Answer) -> list[str]:
    """The fields that an answer blames."""
    assert answer.status_code == 422, answer.text
    assert answer.content_type == "application/problem+json"
    return [error["field"] for error in answer.json["errors"]]


def audited(desk: Desk, elder: str) -> list[tuple[str, str, Any]]:
    """What is on record about an elder, the newest first."""
    with desk.product.engine.read() as session:
        return [(entry.actor, entry.action, entry.detail) for entry in audit.entries(session, subject=f"elder:{elder}")]


def test_an_elder_is_enrolled_and_shown_masked(desk: Desk) -> None:
    made = enrolled(desk)
    assert made.status_code == 201, made.text
    one = desk["shift_leader1"].get(f"elders/{made.json['id']}")
    assert [(each["place"], each["role"], each["name"], each["phone"]) for each in one.json["contacts"]] == [
        (1, "family", "赵**", "139****0001"),
        (2, "liaison", "李**", "139****0002"),
    ]
    (device,) = one.json["devices"]
    assert (device["device"], device["line"], device["active"], device["silent"]) == ("P-9001", "029-****0001", True, False)
    listed = desk["admin"].get("elders")
    for answer in (made, one, listed):
        assert not [secret for secret in SECRETS if secret in answer.text]
    assert audited(desk, made.json["id"]) == [("care_clerk1", "elder.enrolled", {"device": "P-9001"})]


def test_the_whole_record_is_seen_for_a_reason_that_is_kept(desk: Desk) -> None:
    row = enrolled(desk).json["id"]
    assert fields(desk["admin"].post(f"elders/{row}/unmask", {"reason": " x "})) == ["reason"]
    assert fields(desk["admin"].post(f"elders/{row}/unmask", {})) == ["reason"]
    whole = desk["admin"].post(f"elders/{row}/unmask", {"reason": "上门更换呼叫器"})
    assert not [secret for secret in SECRETS if secret not in whole.text]
    assert audited(desk, row)[0] == ("admin", "elder.unmasked", {"reason": "上门更换呼叫器"})


@pytest.mark.parametrize(
    ("q", "finds"),
    [
        ("赵奶奶", True),
        ("02933219999", True),
        ("+862933210001", True),
        ("P-9001", True),
        ("赵", False),
        ("P-900", False),
        ("13812345678", False),
    ],
)
def test_an_elder_is_found_by_name_number_line_and_device(desk: Desk, q: str, finds: bool) -> None:
    row = enrolled(desk).json["id"]
    enrolled(desk, name="钱爷爷", phone="13900000009", device="Q-1", line=None)
    found = desk["care_clerk1"].get("elders", query_string={"q": q})
    assert [each["id"] for each in found.json["items"]] == ([row] if finds else [])


def test_elders_are_listed_by_how_their_devices_stand(desk: Desk) -> None:
    fresh = enrolled(desk).json["id"]
    quiet = enrolled(desk, name="钱爷爷", phone="13900000009", device="Q-1", line=None).json["id"]
    gone = enrolled(desk, name="孙奶奶", phone="13900000008", device="S-1", line=None).json["id"]
    desk["care_clerk1"].post(f"elders/{gone}/retire", {"reason": "搬走"})
    long_ago = clock.now() - timedelta(days=31)
    desk.product.engine.transact(SYSTEM, lambda work: elders.heard(work.session, ["Q-1"], long_ago))
    for state, expected in (("in_use", [fresh]), ("silent", [quiet]), ("retired", [gone]), ("", [gone, quiet, fresh])):
        assert [each["id"] for each in desk["admin"].get(f"elders?state={state}").json["items"]] == expected
    assert fields(desk["admin"].get("elders?state=lost")) == ["state"]


def test_a_long_list_goes_on_where_it_ended(desk: Desk) -> None:
    for number in range(52):
        assert enrolled(desk, name=f"老人{number}", device=f"D-{number}", line=None).status_code == 201
    first = desk["admin"].get("elders").json
    rest = desk["admin"].get(f"elders?cursor={first['next']}").json
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (50, 2, None)
    assert desk["admin"].get("elders?cursor=x").status_code == 400


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"phone": "12"}, ["phone"]),
        ({"name": " "}, ["name"]),
        ({"address": ""}, ["address"]),
        ({"area": "x"}, ["area"]),
        ({"device": "P 1"}, ["device"]),
        ({"line": "none"}, ["line"]),
        ({"phone": "12", "device": "", "line": "x"}, ["phone", "device", "line"]),
        ({"contacts": [{**CONTACTS[0], "phone": ""}]}, ["contacts.0.phone"]),
        ({"contacts": [CONTACTS[0], {"role": "family", "name": "孙"}]}, ["contacts.1.phone"]),
        ({"contacts": [{**CONTACTS[0], "role": "friend"}]}, ["contacts.0.role"]),
        ({"contacts": [{**CONTACTS[0], "name": " "}]}, ["contacts.0.name"]),
        ({"contacts": "nobody"}, ["contacts"]),
    ],
)
def test_every_field_that_is_wrong_is_named_and_nothing_is_kept(desk: Desk, changes: dict[str, Any], expected: list[str]) -> None:
    assert sorted(fields(enrolled(desk, **changes))) == sorted(expected)
    assert desk["admin"].get("elders").json["items"] == []


def test_a_known_elder_a_known_device_and_a_taken_line_are_refused_at_their_fields(desk: Desk) -> None:
    enrolled(desk)
    assert fields(enrolled(desk, device="P-9002", line=None)) == ["phone"]
    other = {"name": "钱爷爷", "phone": "13900000009"}
    assert fields(enrolled(desk, **other, line=None)) == ["device"]
    taken = enrolled(desk, **other, device="P-9002", line="+862933210001")
    assert fields(taken) == ["line"]
    assert "P-9001" in taken.text


def test_contacts_are_called_in_the_order_given_last(desk: Desk) -> None:
    row = enrolled(desk).json["id"]
    changed = desk["care_clerk1"].send("PATCH", f"elders/{row}", json={"contacts": CONTACTS[::-1], "address": "人民路12号"})
    assert [each["role"] for each in changed.json["contacts"]] == ["liaison", "family"]
    assert audited(desk, row)[0] == ("care_clerk1", "elder.changed", {"fields": ["contacts"]})
    same = desk["care_clerk1"].send("PATCH", f"elders/{row}", json={"contacts": CONTACTS[::-1]})
    assert (same.status_code, len(audited(desk, row))) == (200, 2)


def test_another_name_and_number_leave_the_devices_where_they_are(desk: Desk) -> None:
    row = enrolled(desk).json["id"]
    changed = desk["care_clerk1"].send("PATCH", f"elders/{row}", json={"name": "赵桂兰", "phone": "13900000007", "health": None})
    assert (changed.json["phone"], [each["device"] for each in changed.json["devices"]]) == ("139****0007", ["P-9001"])
    whole = desk["admin"].post(f"elders/{row}/unmask", {"reason": "核对"}).json
    assert (whole["name"], whole["health"], whole["address"]) == ("赵桂兰", None, "人民路12号")
    other = enrolled(desk, name="钱爷爷", phone="13900000009", device="Q-1", line=None).json["id"]
    taken = desk["care_clerk1"].send("PATCH", f"elders/{other}", json={"name": "赵桂兰", "phone": "13900000007"})
    assert fields(taken) == ["phone"]
    assert fields(desk["care_clerk1"].send("PATCH", f"elders/{other}", json={"phone": "x", "address": ""})) == ["phone", "address"]


def test_devices_are_handed_out_moved_and_taken_back(desk: Desk) -> None:
    clerk, row = desk["care_clerk1"], enrolled(desk).json["id"]
    assert clerk.post(f"elders/{row}/devices", {"device": "P-9002", "line": "029-33210002"}).status_code == 201
    assert fields(clerk.post(f"elders/{row}/devices", {"device": "P-9002"})) == ["device"]
    assert fields(clerk.post(f"elders/{row}/devices/move", {"device": "P-9002", "line": "029-33210001"})) == ["line"]
    assert fields(clerk.post(f"elders/{row}/devices/move", {"device": "no-such", "line": "029-33210003"})) == ["device"]
    taken = clerk.post(f"elders/{row}/devices/retire", {"device": "P-9001", "reason": "损坏"})
    assert [(each["device"], each["active"]) for each in taken.json["devices"]] == [("P-9002", True), ("P-9001", False)]
    assert fields(clerk.post(f"elders/{row}/devices/retire", {"device": "P-9001", "reason": "损坏"})) == ["device"]
    moved = clerk.post(f"elders/{row}/devices/move", {"device": "P-9002", "line": "029-33210001"})
    assert moved.json["devices"][0]["line"] == "029-****0001"
    with desk.product.engine.read() as session:
        assert elders.device_on_line(session, "02933210001") == "P-9002"
    assert [action for _actor, action, _detail in audited(desk, row)] == [
        "elder.device_moved",
        "elder.device_retired",
        "elder.device_added",
        "elder.enrolled",
    ]


def test_a_device_that_was_taken_back_is_handed_out_again_and_the_record_says_who_had_it(desk: Desk) -> None:
    clerk, first = desk["care_clerk1"], enrolled(desk).json["id"]
    second = enrolled(desk, name="钱爷爷", phone="13900000009", device="Q-1", line=None).json["id"]
    again = {"device": "P-9001", "line": "029-33210009"}
    assert fields(clerk.post(f"elders/{second}/devices", again)) == ["device"]
    clerk.post(f"elders/{first}/devices/retire", {"device": "P-9001", "reason": "送修"})
    assert clerk.post(f"elders/{second}/devices", again).status_code == 201
    assert fields(clerk.post(f"elders/{second}/devices", again)) == ["device"]
    shown = clerk.get(f"elders/{second}").json["devices"]
    assert [(each["device"], each["line"], each["active"]) for each in shown] == [
        ("P-9001", "029-****0009", True),
        ("Q-1", None, True),
    ]
    assert (clerk.get(f"elders/{first}").json["devices"], clerk.get(f"elders/{first}").json["state"]) == ([], "retired")
    assert [each["id"] for each in clerk.get("elders", query_string={"q": "P-9001"}).json["items"]] == [second]
    assert audited(desk, first)[0] == ("care_clerk1", "elder.device_retired", {"device": "P-9001", "reason": "送修"})
    assert audited(desk, second)[0] == ("care_clerk1", "elder.device_added", {"device": "P-9001", "before": f"elder:{first}"})


def test_no_device_is_handed_out_while_an_emergency_of_who_had_it_is_under_way(desk: Desk) -> None:
    clerk, first = desk["care_clerk1"], enrolled(desk).json["id"]
    second = enrolled(desk, name="钱爷爷", phone="13900000009", device="Q-1", line=None).json["id"]
    case_no = desk.open_case()["case_no"]
    clerk.post(f"elders/{first}/devices/retire", {"device": "P-9001", "reason": "送修"})
    desk.product.engine.transact(SYSTEM, lambda work: alarms.raised(work.session, f"elder:{first}", "2", case_no))
    third = {"name": "孙奶奶", "phone": "13900000008", "line": None}
    for refused in (clerk.post(f"elders/{second}/devices", {"device": "P-9001"}), enrolled(desk, **third)):
        assert fields(refused) == ["device"]
        assert (case_no in refused.text, "hand out another device" in refused.text) == (True, True)
    assert clerk.post(f"elders/{first}/devices", {"device": "P-9001"}).status_code == 201
    clerk.post(f"elders/{first}/devices/retire", {"device": "P-9001", "reason": "送修"})
    desk.product.engine.transact(SYSTEM, lambda work: work.session.execute(update(Case).values(answer="已送医")))
    assert clerk.post(f"elders/{second}/devices", {"device": "P-9001"}).status_code == 201


def test_a_device_of_an_elder_who_is_served_no_more_goes_to_the_next_who_is_enrolled(desk: Desk) -> None:
    first = enrolled(desk).json["id"]
    desk["care_clerk1"].post(f"elders/{first}/retire", {"reason": "去世"})
    heir = enrolled(desk, name="钱爷爷", phone="13900000009")
    assert heir.status_code == 201, heir.text
    assert audited(desk, heir.json["id"]) == [("care_clerk1", "elder.enrolled", {"device": "P-9001", "before": f"elder:{first}"})]
    with desk.product.engine.read() as session:
        assert elders.device_on_line(session, "02933210001") == "P-9001"


def test_an_elder_who_is_served_no_more_keeps_the_record_and_loses_the_devices(desk: Desk) -> None:
    row = enrolled(desk).json["id"]
    assert fields(desk["care_clerk1"].post(f"elders/{row}/retire", {"reason": ""})) == ["reason"]
    assert desk["care_clerk1"].post(f"elders/{row}/retire", {"reason": "搬到外市"}).json["state"] == "retired"
    again = desk["care_clerk1"].post(f"elders/{row}/retire", {"reason": "搬到外市"})
    assert (again.status_code, again.json["type"]) == (409, "urn:bihuan:problem:elder-retired")
    with desk.product.engine.read() as session:
        assert elders.elder_with(session, "P-9001") is None
    assert audited(desk, row)[0] == ("care_clerk1", "elder.retired", {"devices": ["P-9001"], "reason": "搬到外市"})


def test_the_same_request_enrols_once(desk: Desk) -> None:
    key = {"Idempotency-Key": "elder-1"}
    first = desk["care_clerk1"].post("elders", ELDER, headers=key)
    assert desk["care_clerk1"].post("elders", ELDER, headers=key).json == first.json


def test_the_register_is_kept_by_few(desk: Desk) -> None:
    row = enrolled(desk).json["id"]
    for who in ("agent1", "unit_water", "auditor1", "designer1"):
        assert desk[who].get("elders").status_code == 403
        assert desk[who].get(f"elders/{row}").status_code == 403
        assert desk[who].post(f"elders/{row}/unmask", {"reason": "好奇"}).status_code == 403
        assert desk[who].post("elders", ELDER).status_code == 403
    assert desk.stranger.get("elders").status_code == 401
    for path in ("elders/999", "elders/x"):
        assert desk["admin"].get(path).status_code == 404
    assert desk["admin"].post("elders/999/retire", {"reason": "搬走"}).status_code == 404
