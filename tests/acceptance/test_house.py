"""The house itself: the record that can be proved, the start that refuses, the stop that loses nothing."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.hotline import Hotline
from tests.fixtures.server import Server, free_port

KEY = "Zk3jf9sLq0Pz7xWb2nVc8mRt5yUi1oEd4aGh6"
FORGERIES = {"actor": "'nobody'", "element_id": "'nowhere'"}
"""The two columns that contract.md names; the others are the chain's own unit tests'."""


def bihuan(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the command line."""
    program = Path(sys.executable).parent / "bihuan"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BIHUAN_")} | settings
    return subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_history_is_one_chain_an_instance_in_order(hotline: Hotline) -> None:
    case_no = hotline.opened()["case_no"]
    hotline.walk(case_no)
    steps = hotline.history(case_no)
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)
    heads: dict[str, tuple[int, str]] = {}
    for step in steps:
        seq, last = heads.get(step["instance_id"], (0, "0" * 64))
        if step["seq"] != seq:
            assert (step["seq"], step["prev_hash"]) == (seq + 1, last)
            heads[step["instance_id"]] = (step["seq"], step["hash"])
    assert {step["definition"] for step in steps} == {"complaint", "work_order", "return_visit"}


def test_a_changed_record_is_found_and_named(hotline: Hotline, tmp_path: Path) -> None:
    case_no = hotline.complaint_at("handle")
    copy, url = tmp_path / "copy.db", f"sqlite:///{tmp_path / 'copy.db'}"
    assert bihuan("backup", str(copy), BIHUAN_DATABASE_URL=hotline.server.database_url).returncode == 0
    assert bihuan("audit", "verify", BIHUAN_DATABASE_URL=url).returncode == 0
    for column, forged in FORGERIES.items():
        altered = tmp_path / f"{column}.db"
        shutil.copy(copy, altered)
        with closing(sqlite3.connect(altered)) as connection, connection:
            row = connection.execute(
                "select h.rowid from history h join instance i on i.id = h.instance_id where i.business_key = ? and h.seq = 2", (case_no,)
            ).fetchone()
            connection.execute(f"update history set {column} = {forged} where rowid = ?", row)  # noqa: S608 names of our own
        found = bihuan("audit", "verify", case_no, BIHUAN_DATABASE_URL=f"sqlite:///{altered}")
        assert found.returncode == 1, column
        assert case_no in found.stdout
        assert "record 2" in found.stdout


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({}, "BIHUAN_SECRET_KEY"),
        ({"BIHUAN_SECRET_KEY": "a" * 40}, "BIHUAN_SECRET_KEY"),
        ({"BIHUAN_SECRET_KEY": KEY, "BIHUAN_TEST_CLOCK": "1"}, "BIHUAN_TEST_CLOCK"),
    ],
)
def test_production_refuses_what_belongs_to_the_demo(tmp_path: Path, settings: dict[str, str], word: str) -> None:
    url = f"sqlite:///{tmp_path / 'bihuan.db'}"
    refused = bihuan("serve", BIHUAN_ENV="production", BIHUAN_DATABASE_URL=url, PORT=str(free_port()), **settings)
    assert refused.returncode == 2
    assert word in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_what_cannot_be_had_is_one_clear_line(hotline: Hotline, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bihuan.db'}"
    (tmp_path / "text.db").write_text("this is no database, only a text that is long enough")
    for refused in (
        bihuan("serve", BIHUAN_DATABASE_URL=url, PORT=str(hotline.server.port)),
        bihuan("serve", BIHUAN_DATABASE_URL="sqlite:////proc/nowhere/bihuan.db"),
        bihuan("serve", BIHUAN_DATABASE_URL=f"sqlite:///{tmp_path / 'text.db'}", PORT=str(free_port())),
        bihuan("backup", "/proc/nowhere/copy.db", BIHUAN_DATABASE_URL=hotline.server.database_url),
    ):
        assert refused.returncode == 2
        assert len(refused.stderr.splitlines()) == 1


def test_it_stops_with_a_listener_at_the_door_and_starts_again_with_everything(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        hotline = Hotline(server)
        case_no = hotline.complaint_at("handle")
        before, steps = hotline.case(case_no), hotline.history(case_no)
        with hotline["unit_housing"].get("events", stream=True) as listening:
            assert listening.headers["Content-Type"].startswith("text/event-stream")
            server.stop()
        server.start()
        assert (hotline.case(case_no), hotline.history(case_no)) == (before, steps)
        hotline.walk(case_no)
        assert hotline.case(case_no)["outcome"] == "办结"
