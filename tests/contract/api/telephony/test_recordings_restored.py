"""What is backed up of recordings comes back (T15): database and folder, restored elsewhere, are sound, and a recording is heard there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from api.cli import main
from telephony.ari import Ari
from telephony.recordings.archive import Archive, path_of, wav
from telephony.recordings.models import Listening
from tests.contract.api.conftest import Desk, found_desk
from tests.contract.api.telephony.rows import APP, Rows
from tests.contract.api.test_backups import programs_of, server_version
from tests.contract.telephony.test_archive import SOUND, Shelf
from tests.fixtures.databases import DIALECTS, POSTGRESQL, SECRET, Databases
from tests.fixtures.product import NOBODYS_EXCHANGE, built

WHY = "?reason=投诉核查"


@contextmanager
def found(url: str, folder: Path) -> Iterator[Desk]:
    """The product on a database and a folder."""
    with built(url, recordings=folder, **NOBODYS_EXCHANGE) as product:
        yield Desk(product)


def recorded(desk: Desk, folder: Path) -> str:
    """A call was recorded, and its recording was fetched from the exchange."""
    rows, shelf = Rows(desk.product.sessions), Shelf()
    name = rows.recording(rows.past())
    shelf.stored[name] = SOUND
    Archive(cast(Ari, shelf), desk.product.database, APP["node"], folder).keep(name)
    return name


def listeners(desk: Desk) -> list[tuple[str, str]]:
    """Who listened to what."""
    with desk.product.engine.read() as session:
        return [(row.by, row.recording) for row in session.scalars(select(Listening).order_by(Listening.id))]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_recordings_that_were_backed_up_are_sound_and_heard_where_they_are_restored(
    dialect: str, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(url: str, folder: Path, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("BIHUAN_DATABASE_URL", url)
        monkeypatch.setenv("BIHUAN_RECORDINGS", str(folder))
        told = CliRunner().invoke(main, list(words))
        return told.exit_code, told.output

    copied = partial(databases.copy, dialect, "desk", found_desk)
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "backup"
    monkeypatch.setenv("BIHUAN_SECRET_KEY", SECRET)
    with copied() as lost, copied() as url:
        if dialect == POSTGRESQL:
            monkeypatch.setenv("PATH", f"{programs_of(server_version(url))}{os.pathsep}{os.environ['PATH']}")
        with found(lost, here) as desk:
            name, other = recorded(desk, here), recorded(desk, here)
            assert desk["quality1"].get(f"telephony/recordings/{name}{WHY}").status_code == 200
            assert run(lost, here, "backup", str(file))[0] == 0
            recorded(desk, here)  # between the database and the folder: more files than rows, which is no fault
        shutil.copytree(here, there)
        shutil.rmtree(here)
        assert run(url, there, "restore", str(file), "--yes")[0] == 0
        status, told = run(url, there, "audit", "recordings")
        assert (status, told.split()[0]) == (0, "2"), told
        with found(url, there) as desk:
            heard = desk["quality1"].get(f"telephony/recordings/{other}{WHY}")
            assert (heard.status_code, heard.data) == (200, wav(SOUND))
            assert listeners(desk) == [("quality1", name), ("quality1", other)]
        path_of(there, other).write_bytes(wav(SOUND[:-2]))
        status, told = run(url, there, "audit", "recordings")
        assert (status, told.partition(":")[0]) == (1, other), told
