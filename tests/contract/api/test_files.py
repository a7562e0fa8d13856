"""Attachments: taken by size and kind, given back by right."""

from io import BytesIO

import pytest

from tests.contract.api.conftest import Answer, Caller, Desk
from tests.contract.api.test_tasks import ANSWERS

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def upload(caller: Caller, content: bytes = PNG, name: str = "现场.png", key: str | None = None) -> Answer:
    """Send one file."""
    headers = {"Idempotency-Key": key} if key else None
    return caller.send("POST", "files", data={"file": (BytesIO(content), name)}, content_type="multipart/form-data", headers=headers)


def test_an_upload_is_its_uploaders_alone_until_a_form_names_it(desk: Desk) -> None:
    kept = upload(desk["agent1"])
    assert kept.status_code == 201
    address = f"files/{kept.json['id']}"
    assert desk["agent1"].get(address).data == PNG
    assert desk["reviewer1"].get(address).status_code == 404
    case_no = desk.open_case()["case_no"]
    done = desk["agent1"].post(f"tasks/{desk.task(case_no)['id']}/complete", {"data": {**ANSWERS, "evidence": [kept.json["id"]]}})
    assert done.status_code == 200
    assert desk["reviewer1"].get(address).data == PNG
    assert desk["unit_water"].get(address).status_code == 403


def test_a_file_is_always_a_download(desk: Desk) -> None:
    answer = desk["agent1"].get(f"files/{upload(desk['agent1']).json['id']}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_is_not_readable_in_the_database(desk: Desk) -> None:
    upload(desk["agent1"], b"plain words of a citizen", "note.txt")
    with desk.product.database.connect() as connection:
        content = connection.exec_driver_sql("select content from attachment").scalar_one()
    assert b"plain words" not in bytes(content)


@pytest.mark.parametrize(
    ("content", "name"),
    [(PNG, "run.exe"), (b"<html>", "page.png"), (b"", "empty.png"), (PNG, "noending"), (b"\x00\x01", "binary.txt"), (b"<svg/>", "x.svg")],
)
def test_another_kind_is_refused_naming_the_field(desk: Desk, content: bytes, name: str) -> None:
    answer = upload(desk["agent1"], content, name)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["file"]


def test_too_large_a_file_is_refused(desk: Desk) -> None:
    limit = desk.product.settings.file_limit_mb << 20
    assert upload(desk["agent1"], PNG + bytes(limit)).status_code == 422
    assert upload(desk["agent1"], PNG + bytes(limit * 2)).status_code == 413


def test_a_body_without_a_file_is_refused(desk: Desk) -> None:
    assert desk["agent1"].post("files", {}).status_code == 422


def test_the_same_upload_under_one_key_is_kept_once(desk: Desk) -> None:
    first, again = (upload(desk["agent1"], key="k") for _ in range(2))
    assert first.json["id"] == again.json["id"]
    assert upload(desk["agent1"], PNG + b"1", key="k").status_code == 422
