"""Definitions over HTTP: any file gets an answer with findings, never a 500."""

from io import BytesIO

import pytest

from tests.contract.api.conftest import MODELS, Answer, Caller, Desk

DIAGRAM = (MODELS / "simple_matter.bpmn").read_bytes()


def send(caller: Caller, *files: tuple[str, bytes], dry_run: bool = False, key: str | None = None) -> Answer:
    """Upload files."""
    return caller.send(
        "POST",
        f"process-definitions{'?dry_run=1' if dry_run else ''}",
        data={"files": [(BytesIO(content), name) for name, content in files]},
        content_type="multipart/form-data",
        headers={"Idempotency-Key": key} if key else None,
    )


def changed(key: str = "simple_matter") -> bytes:
    """The diagram with another name and perhaps another key."""
    return DIAGRAM.replace("简单事务".encode(), "简单事务二".encode()).replace(b'id="simple_matter"', f'id="{key}"'.encode())


def test_a_new_version_is_a_draft_until_a_second_person_publishes_it(desk: Desk) -> None:
    author, second = desk["designer1"], desk["designer2"]
    deployed = send(author, ("simple.bpmn", changed()))
    assert deployed.status_code == 201
    assert [(one["key"], one["version"], one["status"]) for one in deployed.json["definitions"]] == [("simple_matter", 2, "draft")]
    address = "process-definitions/simple_matter/versions/2"
    assert author.post(f"{address}/publish").status_code == 403
    assert second.post(f"{address}/publish").json["status"] == "published"
    assert second.post(f"{address}/publish").status_code == 409
    assert author.get("process-definitions/simple_matter").json["items"][0]["approver"] == "designer2"
    assert author.get(f"{address}/xml").data == changed()
    opened = desk.open_case()
    assert desk["agent1"].get(f"instances/{opened['instance_id']}").json["version"] == 2
    assert second.post(f"{address}/retire").json["status"] == "retired"


def test_a_dry_run_keeps_nothing(desk: Desk) -> None:
    answer = send(desk["designer1"], ("simple.bpmn", changed("another")), dry_run=True)
    assert answer.status_code == 200
    assert answer.json["definitions"][0]["key"] == "another"
    assert desk["designer1"].get("process-definitions/another").status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.bpmn", b""),
        ("text.bpmn", b"hello"),
        ("picture.bpmn", b"\x89PNG\r\n\x1a\n\x00\x00"),
        (
            "entity.bpmn",
            b'<!DOCTYPE x [<!ENTITY a "b">]><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">&a;</definitions>',
        ),
        ("none.bpmn", b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>'),
        ("huge.bpmn", b"<a>" + b" " * (3 << 20) + b"</a>"),
        ("list.json", b"[1, 2]"),
        ("form.json", b'{"id": "x", "components": [{"key": "a"}]}'),
        ("deep.json", b"[" * 5000),
        ("..\\..\\evil.bpmn", b"<x/>"),
    ],
)
def test_any_file_gets_findings(desk: Desk, name: str, content: bytes) -> None:
    answer = send(desk["designer1"], (name, content))
    assert answer.status_code == 422
    assert answer.json["findings"]
    assert {"file", "element_id", "rule", "severity", "message"} <= set(answer.json["findings"][0])


def test_a_call_without_files_names_the_field(desk: Desk) -> None:
    answer = desk["designer1"].post("process-definitions")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["files"]


def test_an_upload_of_too_many_parts_gets_a_finding(desk: Desk) -> None:
    answer = send(desk["designer1"], *((f"{number}.bpmn", b"<a/>") for number in range(1_001)))
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert [(one["element_id"], one["rule"], one["severity"]) for one in answer.json["findings"]] == [(None, "too-large", "error")]
    assert answer.json["definitions"] == []


def test_an_agent_deploys_nothing(desk: Desk) -> None:
    assert send(desk["agent1"], ("simple.bpmn", changed())).status_code == 403


def test_the_same_upload_under_one_key_answers_the_same(desk: Desk) -> None:
    first, again = (send(desk["designer1"], ("simple.bpmn", changed()), key="k") for _ in range(2))
    assert first.json == again.json
    assert first.json["definitions"][0]["new"]
