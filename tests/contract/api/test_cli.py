"""The command line: clear lines, exit codes, backup and restore."""

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update
from sqlalchemy.orm import Session

from api.cli import main
from engine import clock
from telephony.recordings.archive import path_of
from telephony.recordings.models import Recording
from tests.contract.api.conftest import CASE, MODELS, PASSWORD, Desk, found_desk
from tests.contract.api.telephony.rows import Rows
from tests.fixtures.databases import SECRET, SQLITE, Databases
from tests.fixtures.product import built

REFUSED = 2


@pytest.fixture
def url(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A SQLite database with accounts and the small process, named in the environment."""
    with databases.copy(SQLITE, "desk", found_desk) as copied:
        monkeypatch.setenv("BIHUAN_DATABASE_URL", copied)
        monkeypatch.setenv("BIHUAN_SECRET_KEY", SECRET)
        yield copied
        clock.set_offset(clock.offset() * 0)


def run(*words: str, **options: object) -> Result:
    """Run `bihuan` in this process."""
    return CliRunner().invoke(main, list(words), **options)  # type: ignore[arg-type]  # click checks the options itself


def case_in(url: str) -> str:
    """Open a case; answers its number."""
    with built(url) as product:
        case_no: str = Desk(product).open_case()["case_no"]
        return case_no


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["serve"],
        ["worker"],
        ["telephony"],
        ["db", "upgrade"],
        ["deploy"],
        ["lint"],
        ["simulate"],
        ["audit", "verify"],
        ["audit", "recordings"],
        ["audit", "export"],
        ["user", "add"],
        ["load"],
        ["backup"],
        ["restore"],
    ],
)
def test_every_command_explains_itself(words: list[str]) -> None:
    told = run(*words, "--help")
    assert told.exit_code == 0
    assert "Usage:" in told.output


def test_lint_has_a_line_for_each_finding_and_exit_code_1(tmp_path: Path) -> None:
    broken = tmp_path / "broken.bpmn"
    broken.write_bytes((MODELS / "simple_matter.bpmn").read_bytes().replace(b'"PT1H"', b"PT1H"))
    told = run("lint", str(broken), str(MODELS))
    assert told.exit_code == 1
    assert "broken.bpmn:pause: " in told.output
    assert run("lint", str(MODELS)).exit_code == 0
    assert run("lint", str(tmp_path / "nowhere")).exit_code == REFUSED


def test_deploying_the_same_again_changes_nothing(url: str) -> None:
    told = run("deploy", str(MODELS))
    assert told.exit_code == 0
    assert "process simple_matter v1 published (unchanged)" in told.output


def test_verify_finds_the_first_bad_record(url: str) -> None:
    case_no = case_in(url)
    assert run("audit", "verify").exit_code == 0
    with built(url) as product, product.database.begin() as connection:
        connection.exec_driver_sql("update history set actor = 'somebody'")
    told = run("audit", "verify", case_no)
    assert told.exit_code == 1
    assert case_no in told.output
    assert "record 1" in told.output
    assert run("audit", "verify", "NO-SUCH").exit_code == REFUSED


def test_each_recordings_file_is_the_one_that_was_fetched_or_is_named(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIHUAN_RECORDINGS", str(tmp_path))
    with built(url) as product:
        rows = Rows(product.sessions)
        sound, changed, gone, awaited = sorted(rows.recording(rows.past()) for _ in range(4))
        for name in (sound, changed, gone):
            path_of(tmp_path, name).parent.mkdir(exist_ok=True)
            path_of(tmp_path, name).write_bytes(name.encode())
            known = update(Recording).where(Recording.name == name).values(sha256=hashlib.sha256(name.encode()).hexdigest())
            rows.write(partial(Session.execute, statement=known))
    told = run("audit", "recordings")
    assert (told.exit_code, told.output.split()[0]) == (0, "3")
    path_of(tmp_path, changed).write_bytes(b"something else")
    path_of(tmp_path, gone).unlink()
    told = run("audit", "recordings")
    assert told.exit_code == 1
    assert [line.partition(":")[0] for line in told.output.splitlines()] == [changed, gone]
    assert awaited not in told.output


def test_the_event_log_is_written_as_csv(url: str, tmp_path: Path) -> None:
    case_no = case_in(url)
    file = tmp_path / "log.csv"
    assert run("audit", "export", "--format", "csv", "--output", str(file)).exit_code == 0
    assert case_no in file.read_text(encoding="utf-8")
    assert case_no in run("audit", "export", "--format", "csv").output
    assert run("audit", "export", "--format", "xes").exit_code == REFUSED


def test_a_backup_brings_back_what_was_there(url: str, tmp_path: Path) -> None:
    case_no = case_in(url)
    file = tmp_path / "backup.db"
    assert run("backup", str(file)).exit_code == 0
    assert run("backup", str(file)).exit_code == REFUSED
    later = case_in(url)
    assert run("restore", str(file)).exit_code == REFUSED
    assert run("restore", str(file), "--yes").exit_code == 0
    with built(url) as product:
        desk = Desk(product)
        assert desk["agent1"].get(f"cases/{case_no}").status_code == 200
        assert desk["agent1"].get(f"cases/{later}").status_code == 404


def test_a_file_that_is_no_backup_is_refused(url: str, tmp_path: Path) -> None:
    file = tmp_path / "text.db"
    file.write_text("hello", encoding="utf-8")
    told = run("restore", str(file), "--yes")
    assert told.exit_code == REFUSED
    assert run("audit", "verify").exit_code == 0


def test_an_added_account_can_log_in(url: str) -> None:
    told = run("user", "add", "agent9", "--group", "agent")
    assert told.exit_code == 0
    password = told.output.split()[-1]
    with built(url) as product:
        answer = Desk(product).stranger.post("tokens", {"username": "agent9", "password": password})
        assert answer.status_code == 201
    assert run("user", "add", "agent9", "--group", "agent", "--password-stdin", input="long enough 123\n").exit_code == REFUSED
    assert run("user", "add", "agent8", "--group", "king").exit_code == REFUSED


def test_what_comes_later_says_so(url: str) -> None:
    told = run("simulate", "bpmn-models")
    assert told.exit_code == REFUSED
    assert "not in this version yet" in told.output


def test_telephony_without_an_exchange_or_its_password_says_what_to_set(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = run("telephony")
    assert told.exit_code == REFUSED
    assert "BIHUAN_ARI_URL" in told.output
    monkeypatch.setenv("BIHUAN_ARI_URL", "http://127.0.0.1:1/ari")
    told = run("telephony")
    assert told.exit_code == REFUSED
    assert "BIHUAN_ARI_PASSWORD" in told.output


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"BIHUAN_SECRET_KEY": ""}, "BIHUAN_SECRET_KEY"),
        ({"BIHUAN_SECRET_KEY": "short"}, "too weak"),
        ({"BIHUAN_SECRET_KEY": "a" * 40}, "too weak"),
        ({"BIHUAN_SECRET_KEY": "bihuan-demo-key-known-to-everybody"}, "demo key"),
        ({"BIHUAN_DEMO_PASSWORD": "demo"}, "demo accounts"),
        ({"BIHUAN_TEST_CLOCK": "1"}, "test clock"),
        ({}, "demo accounts"),
    ],
)
def test_production_refuses_what_belongs_to_the_demo(
    url: str, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], word: str
) -> None:
    monkeypatch.setenv("BIHUAN_ENV", "production")
    monkeypatch.setenv("PORT", "0")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    told = run("serve")
    assert told.exit_code == REFUSED
    assert word in told.output
    assert "Traceback" not in told.output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "70000"),
        ("BIHUAN_ENV", "test"),
        ("BIHUAN_TEST_CLOCK", "perhaps"),
        ("BIHUAN_DATABASE_URL", "mysql://x"),
        ("BIHUAN_DATABASE_URL", "nonsense"),
        ("BIHUAN_SMS_URL", "http://sms.example"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    told = run("db", "upgrade")
    assert told.exit_code == REFUSED
    assert name in told.output
    assert len(told.output.strip().splitlines()) == 1


def test_an_unwritable_place_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("BIHUAN_DATABASE_URL", f"sqlite:///{tmp_path}/file/b.db")
    told = run("db", "upgrade")
    assert told.exit_code == REFUSED
    assert str(tmp_path / "file") in told.output


def test_the_demo_password_is_the_one_of_the_settings(url: str) -> None:
    with built(url) as product:
        assert Desk(product).stranger.post("tokens", {"username": "admin", "password": PASSWORD}).status_code == 201
        assert Desk(product).stranger.post("cases", CASE).status_code == 401


def test_a_key_that_did_not_seal_the_database_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case_no = case_in(url)
    monkeypatch.setenv("BIHUAN_SECRET_KEY", "another key, as long as it should be")
    refused = run("audit", "verify", case_no)
    assert refused.exit_code == REFUSED
    assert "BIHUAN_SECRET_KEY" in refused.output


def test_prompts_without_a_voice_say_what_is_missing(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    told = run("prompts", str(tmp_path / "sounds"))
    assert told.exit_code == REFUSED
    assert "espeak-ng" in told.output
