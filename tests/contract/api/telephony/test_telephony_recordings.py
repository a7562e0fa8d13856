"""Recordings, blacklist and plan by the API (T15, T16, T27, T29)."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from engine import clock
from processes.contacts import services as contacts
from processes.registry.audit.services import entries
from telephony.recordings.archive import LOST
from telephony.recordings.models import Listening, Recording
from tests.contract.api.conftest import Desk
from tests.contract.api.telephony.rows import Rows

WHY = "?reason=投诉核查"


def _keep(folder: Path, name: str) -> None:
    place = folder / name[1:3]
    place.mkdir()
    (place / f"{name}.wav").write_bytes(b"RIFF....WAVE")


def _link(rows: Rows, call: str, case_no: str) -> None:
    rows.write(lambda session: contacts.link(session, call, case_no, clock.now()))


def _listened(desk: Desk) -> list[tuple[str, str]]:
    with desk.product.engine.read() as session:
        return [(row.by, row.reason) for row in session.scalars(select(Listening).order_by(Listening.id))]


def _refused(desk: Desk) -> list[tuple[str, str]]:
    with desk.product.engine.read() as session:
        return [(entry.actor, entry.object) for entry in entries(session, action="recording.refused")][::-1]


def test_a_recording_is_heard_for_a_reason_and_every_time_is_on_record(desk: Desk, rows: Rows, tmp_path: Path) -> None:
    name = rows.recording(rows.past())
    away = desk["quality1"].get(f"telephony/recordings/{name}{WHY}")
    assert (away.status_code, away.json["type"]) == (404, "urn:bihuan:problem:recording-away")
    _keep(tmp_path, name)
    assert desk["quality1"].get(f"telephony/recordings/{name}").json["errors"][0]["field"] == "reason"
    assert desk["quality1"].get(f"telephony/recordings/{name}?reason=%20x").status_code == 422
    heard = desk["quality1"].get(f"telephony/recordings/{name}{WHY}")
    assert (heard.status_code, heard.content_type, heard.data) == (200, "audio/wav", b"RIFF....WAVE")
    assert desk["quality1"].get(f"telephony/recordings/{name}{WHY}", headers={"Range": "bytes=4-"}).status_code == 206
    kept = desk["agent1"].get(f"telephony/recordings/{name}{WHY}&download=true")
    assert "attachment" in kept.headers["Content-Disposition"]
    assert _listened(desk) == [("quality1", "投诉核查"), ("agent1", "投诉核查")]


@pytest.mark.parametrize("pieces", ["bytes= 0-", "bytes=00-", "Bytes=0-", "bytes=1-", "bytes=0-3"])
def test_however_a_player_asks_for_the_first_piece_it_is_on_record_and_the_others_are_not(
    desk: Desk, rows: Rows, tmp_path: Path, pieces: str
) -> None:
    name = rows.recording(rows.past())
    _keep(tmp_path, name)
    quality = desk["quality1"]
    assert quality.get(f"telephony/recordings/{name}?reason=", headers={"Range": pieces}).status_code == 422
    for asked in (pieces, "bytes=4-", "bytes=8-"):
        assert quality.get(f"telephony/recordings/{name}{WHY}", headers={"Range": asked}).status_code in (200, 206)
    assert _listened(desk) == [("quality1", "投诉核查")]
    assert quality.get(f"telephony/recordings/{name}?reason=再听一次", headers={"Range": "bytes=4-"}).status_code == 206
    rows.write(lambda session: session.execute(update(Listening).values(at=clock.now() - timedelta(minutes=31))))
    assert quality.get(f"telephony/recordings/{name}{WHY}", headers={"Range": "bytes=4-"}).status_code == 206
    assert _listened(desk) == [("quality1", "投诉核查"), ("quality1", "再听一次"), ("quality1", "投诉核查")]


def test_a_recording_that_the_exchange_has_lost_says_so(desk: Desk, rows: Rows) -> None:
    name = rows.recording(rows.past())
    rows.write(lambda session: session.execute(update(Recording).where(Recording.name == name).values(sha256=LOST)))
    answer = desk["quality1"].get(f"telephony/recordings/{name}{WHY}")
    assert (answer.status_code, answer.json["type"]) == (404, "urn:bihuan:problem:recording-lost")


def test_others_recordings_are_for_quality_and_leaders_only(desk: Desk, rows: Rows, tmp_path: Path) -> None:
    name = rows.recording(rows.past("team_leader1"), "team_leader1")
    _keep(tmp_path, name)
    assert desk["agent1"].get(f"telephony/recordings/{name}{WHY}").status_code == 403
    assert desk["unit_water"].get(f"telephony/recordings/{name}{WHY}").status_code == 403
    assert desk.stranger.get(f"telephony/recordings/{name}{WHY}").status_code == 401
    for who in ("quality1", "team_leader1", "shift_leader1", "supervisor1", "admin"):
        assert desk[who].get(f"telephony/recordings/{name}{WHY}").status_code == 200
    assert len(_listened(desk)) == 5


@pytest.mark.parametrize("name", ["../secret", "..%2f..%2fsecret", "c0000000000000000.r1/../x", "c" + "0" * 16 + "..wav", "x.r1"])
def test_a_name_that_leads_elsewhere_is_no_recording(desk: Desk, name: str) -> None:
    assert desk["quality1"].get(f"telephony/recordings/{name}{WHY}").status_code == 404


def test_recordings_are_found_by_call_and_by_case_whether_it_was_opened_in_the_call_or_linked(desk: Desk, rows: Rows) -> None:
    case_no = desk.open_case()["case_no"]
    opened, linked, other = (rows.past() for _ in range(3))
    first, second, third = rows.recording(opened, case_no=case_no), rows.recording(linked), rows.recording(other, "team_leader1")
    rows.write(lambda session: contacts.link(session, linked, case_no, clock.now()))
    quality = desk["quality1"]
    assert {one["name"] for one in quality.get(f"telephony/recordings?case_no={case_no}").json["items"]} == {first, second}
    assert [one["name"] for one in quality.get(f"telephony/recordings?call={other}").json["items"]] == [third]
    assert desk["agent1"].get(f"telephony/recordings?call={other}").json["items"] == []


def test_a_unit_hears_who_called_about_its_own_case_and_every_time_is_on_record(desk: Desk, rows: Rows, tmp_path: Path) -> None:
    case_no = desk.open_case()["case_no"]
    rows.order(case_no, "water")
    called, visited, unknown = rows.past(), rows.past(kind="survey"), rows.past()
    first, second, third = (rows.recording(call) for call in (called, visited, unknown))
    for call in (called, visited):
        _link(rows, call, case_no)
    _keep(tmp_path, first)
    unit = desk["unit_water"]
    assert [one["name"] for one in unit.get(f"telephony/recordings?case_no={case_no}").json["items"]] == [first]
    assert unit.get("telephony/recordings").json["items"] == []
    assert unit.get(f"telephony/recordings/{first}").status_code == 422
    assert unit.get(f"telephony/recordings/{first}{WHY}").status_code == 200
    assert _listened(desk) == [("unit_water", "投诉核查")]
    for name in (second, third):
        assert unit.get(f"telephony/recordings/{name}{WHY}").json["type"] == "urn:bihuan:problem:not-your-recording"
    assert _refused(desk) == [("unit_water", second), ("unit_water", third)]


def test_a_unit_without_a_work_order_hears_nothing_and_the_attempt_is_on_record(desk: Desk, rows: Rows) -> None:
    case_no = desk.open_case()["case_no"]
    rows.order(case_no, "housing")
    call = rows.past(case_no=case_no)
    name = rows.recording(call, case_no=case_no)
    assert desk["unit_water"].get(f"telephony/recordings?case_no={case_no}").json["type"] == "urn:bihuan:problem:foreign-case"
    assert desk["unit_water"].get(f"telephony/recordings?call={call}").json["items"] == []
    assert desk["unit_water"].get(f"telephony/recordings/{name}{WHY}").status_code == 403
    assert _refused(desk) == [("unit_water", name)]
    assert _listened(desk) == []


def test_a_call_that_a_confidential_case_came_from_is_for_no_unit(desk: Desk, rows: Rows) -> None:
    case_no, secret = desk.open_case()["case_no"], desk.open_case(confidential=True)["case_no"]
    for number in (case_no, secret):
        rows.order(number, "water")
    call = rows.past()
    rows.recording(call)
    for number in (case_no, secret):
        _link(rows, call, number)
    for number in (case_no, secret):
        assert desk["unit_water"].get(f"telephony/recordings?case_no={number}").json["items"] == []


def test_a_number_is_blocked_by_two_leaders_and_lifted_again(desk: Desk) -> None:
    first, second = desk["team_leader1"], desk["shift_leader1"]
    wrong = first.post("telephony/blacklist", {"number": "", "reason": " ", "days": 9999})
    assert (wrong.status_code, {one["field"] for one in wrong.json["errors"]}) == (422, {"number", "reason", "days"})
    asked = first.post("telephony/blacklist", {"number": "13900009999", "reason": "骚扰", "days": 7})
    assert (asked.status_code, asked.json["state"], asked.json["number"]) == (201, "asked", "139****9999")
    path = f"telephony/blacklist/{asked.json['id']}"
    assert first.post(f"{path}/approve").status_code == 409
    assert second.post(f"{path}/approve").json["state"] == "in_force"
    assert first.post(f"{path}/lift").json["state"] == "over"
    assert [one["state"] for one in second.get("telephony/blacklist").json["items"]] == ["over"]
    assert second.post("telephony/blacklist/99/approve").status_code == 404
    assert desk["agent1"].get("telephony/blacklist").status_code == 403
    assert desk["agent1"].post("telephony/blacklist", {"number": "13900009999", "reason": "骚扰", "days": 7}).status_code == 403


def test_the_plan_is_read_and_changed_and_each_mistake_is_named_by_its_place(desk: Desk) -> None:
    designer = desk["designer1"]
    found = designer.get("telephony/plan").json
    assert found["version"] == 0
    plan = found["plan"]
    plan["queues"]["general"]["hours"] = "never"
    plan["numbers"]["12345"]["start"] = "queue:nowhere"
    wrong = designer.send("PUT", "telephony/plan", json=plan)
    assert wrong.status_code == 422
    assert {one["field"] for one in wrong.json["errors"]} == {"queues.general.hours", "numbers.12345.start"}
    plan["queues"]["general"]["hours"] = "working_days"
    plan["numbers"]["12345"]["start"] = "queue:general"
    assert designer.send("PUT", "telephony/plan", json=plan).json == {"version": 1}
    assert desk["admin"].get("telephony/plan").json["plan"]["queues"]["general"]["hours"] == "working_days"
    assert desk["agent1"].get("telephony/plan").status_code == 403
    assert desk["team_leader1"].send("PUT", "telephony/plan", json=plan).status_code == 403
    assert designer.send("PUT", "telephony/plan", json=[1]).status_code == 400
