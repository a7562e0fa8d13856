"""Recordings come off the exchange once, whoever else is at it: what was kept is never called lost, on both databases."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import Engine

from engine import clock
from engine.db import transaction
from telephony.ari import Ari
from telephony.ari.errors import Gone
from telephony.recordings.archive import LOST, Archive, path_of, wav
from telephony.recordings.models import CALL, Recording
from tests.contract.telephony.conftest import nothing

NODE, NAME, SOUND = "node", "c0123456789abcdef.5", b"\x55\xd5" * 800


class Shelf:
    """An exchange's stored recordings; `before` happens when one is asked for."""

    def __init__(self) -> None:
        self.recordings, self.stored, self.asked = self, {NAME: SOUND}, 0
        self.before: Callable[[], None] = nothing

    def file(self, name: str) -> bytes:
        """The bytes of one."""
        self.asked += 1
        self.before()
        if name not in self.stored:
            raise Gone
        return self.stored[name]

    def delete(self, name: str) -> None:
        """Delete one."""
        if self.stored.pop(name, None) is None:
            raise Gone


@pytest.fixture
def shelf() -> Shelf:
    """One with a recording."""
    return Shelf()


@pytest.fixture
def database(database: Engine) -> Engine:
    """With the recording's row."""
    with transaction(database) as session:
        facts = {"call_id": NAME.partition(".")[0], "agent": "agent1", "case_no": "", "seconds": 1, "at": clock.now()}
        session.add(Recording(name=NAME, node=NODE, kind=CALL, bytes=None, sha256="", **facts))
    return database


def digest(database: Engine) -> str:
    """What the row says."""
    with transaction(database) as session:
        return session.get_one(Recording, NAME).sha256


def is_kept(database: Engine, folder: Path) -> bool:
    """Whether the recording is there, whole, with its digest, and nothing half-written beside it."""
    content = wav(SOUND)
    there = [path for path in folder.rglob("*") if path.is_file()]
    whole = there == [path_of(folder, NAME)] and there[0].read_bytes() == content
    return whole and digest(database) == hashlib.sha256(content).hexdigest()


def archive(shelf: Shelf, database: Engine, folder: Path) -> Archive:
    """A worker's."""
    return Archive(cast(Ari, shelf), database, NODE, folder)


def test_a_recording_that_was_kept_already_is_left_alone(shelf: Shelf, database: Engine, tmp_path: Path) -> None:
    mine = archive(shelf, database, tmp_path)
    mine.keep_all()  # which came to it before its turn
    assert shelf.stored == {}
    mine.keep(NAME)
    mine.keep_all()
    assert shelf.asked == 1
    assert is_kept(database, tmp_path)


def test_what_another_worker_has_taken_meanwhile_is_not_lost(shelf: Shelf, database: Engine, tmp_path: Path) -> None:
    other = archive(shelf, database, tmp_path)

    def taken() -> None:
        shelf.before = nothing
        other.keep(NAME)

    shelf.before = taken
    archive(shelf, database, tmp_path).keep(NAME)
    assert is_kept(database, tmp_path)


def test_two_workers_that_fetch_the_same_recording_do_not_write_into_one_file(
    shelf: Shelf, database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, written = archive(shelf, database, tmp_path), []
    rename = Path.rename

    def slowly(part: Path, target: Path) -> Path:
        written.append(part)
        if len(written) == 1:
            other.keep(NAME)
        return rename(part, target)

    monkeypatch.setattr(Path, "rename", slowly)
    archive(shelf, database, tmp_path).keep(NAME)
    assert len(set(written)) == 2
    assert is_kept(database, tmp_path)


def test_what_the_exchange_never_had_is_lost_for_good(shelf: Shelf, database: Engine, tmp_path: Path) -> None:
    shelf.stored.clear()
    archive(shelf, database, tmp_path).keep_all()
    assert digest(database) == LOST


def test_half_a_recording_on_a_full_disk_is_thrown_away(
    shelf: Shelf, database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        archive(shelf, database, tmp_path).keep(NAME)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert digest(database) == ""
    archive(shelf, database, tmp_path).keep_all()
    assert is_kept(database, tmp_path)
