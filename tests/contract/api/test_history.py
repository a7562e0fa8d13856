"""History, instances, messages and the proof of the chain, over HTTP and by the command line's own functions."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from api.backups import export_csv
from engine import clock
from engine.history import archive, verify
from tests.contract.api.conftest import Desk
from tests.contract.api.test_tasks import ANSWERS


def test_every_step_is_told_in_order_with_its_hash(desk: Desk) -> None:
    opened = desk.open_case()
    desk["agent1"].post(f"tasks/{desk.task(opened['case_no'])['id']}/complete", {"data": ANSWERS})
    page = desk["auditor1"].get(f"cases/{opened['case_no']}/history").json
    assert page["next"] is None
    steps = page["items"]
    assert [(step["seq"], step["step"]) for step in steps] == sorted((step["seq"], step["step"]) for step in steps)
    assert ("waiting", "register") in [(step["type"], step["element_id"]) for step in steps]
    assert {step["instance_id"] for step in steps} == {opened["instance_id"]}
    assert all(len(step["hash"]) == len(step["prev_hash"]) == 64 for step in steps)
    assert next(step for step in steps if step.get("flow_id") == "f2")["element_id"] == "pause"


def test_the_history_shows_no_telephone_number(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    desk["agent1"].post(f"tasks/{desk.task(case_no)['id']}/complete", {"data": {**ANSWERS, "demand": "请回电 19000001234"}})
    told = desk["auditor1"].get(f"cases/{case_no}/history").text
    assert "19000001234" not in told
    assert "190****1234" in told


def test_a_changed_record_is_found(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    with desk.product.engine.read() as session:
        assert verify.verify(session, case_no).bad == []
    with desk.product.sessions.begin() as session:
        session.execute(text("update history set actor = 'somebody' where seq = 1"))
    with desk.product.engine.read() as session:
        assert [bad.seq for bad in verify.verify(session, case_no).bad] == [1]


def test_the_export_has_a_line_for_each_step(desk: Desk) -> None:
    case_no = desk.open_case()["case_no"]
    steps = desk["auditor1"].get(f"cases/{case_no}/history").json["items"]
    file = io.StringIO()
    with desk.product.engine.read() as session:
        assert export_csv(session, desk.product.engine.specs, file) == len(steps)
    assert case_no in file.getvalue().splitlines()[1]


def test_a_packed_case_is_exported_as_before_and_found_by_its_instance(desk: Desk) -> None:
    opened, other = ended_case(desk), desk.open_case()
    before, now = exported(desk), clock.now()
    with desk.product.sessions.begin() as session:
        assert archive.pack(session, now + timedelta(hours=1), 10, now) == 1
    assert exported(desk) == before
    with desk.product.engine.read() as session:
        assert archive.is_packed(session, opened["case_no"])
    seen = desk["admin"].get(f"instances/{opened['instance_id']}")
    assert (seen.status_code, seen.json["status"], seen.json["case_no"]) == (200, "ended", opened["case_no"])
    assert desk["admin"].get(f"instances/{other['instance_id']}").json["status"] == "live"
    assert desk["admin"].get("instances/1").status_code == 404


def ended_case(desk: Desk) -> dict[str, Any]:
    """A case whose process has come to its end."""
    opened = desk.open_case()
    for answers in (ANSWERS, {"result": "已修好"}):
        answer = desk["admin"].post(f"tasks/{desk.task(opened['case_no'])['id']}/complete", {"data": answers})
        assert answer.status_code == 200, answer.text
        desk["admin"].post("clock/advance", {"duration": "PT61M"})
    return opened


def exported(desk: Desk) -> list[str]:
    """The lines of the export, by case and in their order."""
    file = io.StringIO()
    with desk.product.engine.read() as session:
        export_csv(session, desk.product.engine.specs, file)
    return file.getvalue().splitlines()


def test_an_instance_shows_its_tokens_to_all_and_its_variables_to_some(desk: Desk) -> None:
    instance_id = desk.open_case(variables={"urgency": "一般"})["instance_id"]
    seen = desk["admin"].get(f"instances/{instance_id}").json
    assert [token["element_id"] for token in seen["tokens"]] == ["register"]
    assert (seen["definition"], seen["version"], seen["status"]) == ("simple_matter", 1, "live")
    assert seen["variables"]["urgency"] == "一般"
    assert desk["agent1"].get(f"instances/{instance_id}").json["variables"] is None


def test_a_message_nobody_waits_for_is_kept(desk: Desk) -> None:
    body = {"name": "DueChanged", "correlation": {"work_order": "W1"}, "payload": {"days": 2}}
    assert desk["admin"].post("messages", body).status_code == 200
    with desk.product.database.connect() as connection:
        assert connection.exec_driver_sql("select message, correlation from message_inbox").all() == [("DueChanged", "work_order=W1")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"correlation": {"a": "b"}}, "name"),
        ({"name": "DueChanged"}, "correlation"),
        ({"name": "DueChanged", "correlation": {}}, "correlation"),
        ({"name": "DueChanged", "correlation": {"a": {}}}, "correlation.a.value"),
        ({"name": "DueChanged", "correlation": {"a": "b"}, "payload": []}, "payload"),
    ],
)
def test_a_wrong_message_names_the_field(desk: Desk, body: dict[str, object], field: str) -> None:
    answer = desk["admin"].post("messages", body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json["errors"]]


def test_only_administrators_send_messages(desk: Desk) -> None:
    assert desk["agent1"].post("messages", {"name": "X", "correlation": {"a": "b"}}).status_code == 403
