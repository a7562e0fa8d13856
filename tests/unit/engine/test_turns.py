"""Writers on one SQLite file take turns, in a process and between processes, and give them up however they end."""

import fcntl
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from engine.db import configure, transaction
from engine.turns import Turns

PATIENCE = 20.0
ANOTHER = "import sys; from engine.turns import Turns; Turns(sys.argv[1]).take(); print('mine', flush=True); sys.stdin.read()"
WRITERS, ROUNDS = 8, 25


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """A file with one table."""
    engine = configure(create_engine(f"sqlite:///{tmp_path / 'turns.db'}", hide_parameters=True))
    with engine.begin() as connection:
        connection.execute(text("create table note (id integer primary key, text varchar)"))
    yield engine
    engine.dispose()


def write(database: Engine, number: int) -> None:
    """Add one row."""
    with transaction(database) as session:
        session.execute(text("insert into note (id, text) values (:id, 'x')"), {"id": number})


def in_time(work: threading.Thread) -> bool:
    """Whether a thread ends before anybody's patience does."""
    work.join(PATIENCE)
    return not work.is_alive()


def test_many_writers_all_come_to_their_turn(database: Engine) -> None:
    def many(first: int) -> None:
        for number in range(ROUNDS):
            write(database, first * ROUNDS + number)

    threads = [threading.Thread(target=many, args=(first,)) for first in range(WRITERS)]
    for thread in threads:
        thread.start()
    assert all(in_time(thread) for thread in threads)
    with database.connect().execution_options(read_only=True) as connection:
        assert connection.scalar(text("select count(*) from note")) == WRITERS * ROUNDS


def test_a_writer_who_fails_gives_the_turn_up(database: Engine) -> None:
    write(database, 1)
    with pytest.raises(IntegrityError):
        write(database, 1)
    other = threading.Thread(target=write, args=(database, 2))
    other.start()
    assert in_time(other)


def test_a_writer_whose_connection_is_thrown_away_gives_the_turn_up(database: Engine) -> None:
    connection = database.connect()
    connection.begin()
    connection.invalidate()
    connection.close()
    other = threading.Thread(target=write, args=(database, 1))
    other.start()
    assert in_time(other)


def test_a_connection_may_write_twice_before_it_goes_back(database: Engine) -> None:
    with database.connect() as connection:
        for number in (1, 2):
            with connection.begin():
                connection.execute(text("insert into note (id, text) values (:id, 'x')"), {"id": number})
    write(database, 3)


def test_readers_wait_for_nobody(database: Engine) -> None:
    with transaction(database) as session:
        session.execute(text("insert into note (id, text) values (1, 'x')"))
        with database.connect().execution_options(read_only=True) as reader:
            assert reader.scalar(text("select count(*) from note")) == 0


def test_a_writer_of_another_process_is_waited_for_as_ever(database: Engine) -> None:
    stranger = sqlite3.connect(str(database.url.database), isolation_level=None, check_same_thread=False)
    stranger.execute("begin immediate")
    other = threading.Thread(target=write, args=(database, 1))
    other.start()
    other.join(0.05)
    assert other.is_alive()
    stranger.execute("rollback")
    assert in_time(other)
    stranger.close()


def held(path: Path) -> bool:
    """Whether somebody has this lock."""
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def test_who_waits_goes_before_who_had_the_turn_just_now(tmp_path: Path) -> None:
    file = tmp_path / "turns.db"
    one, other, order = Turns(str(file)), Turns(str(file)), []
    assert one.take()

    def wait() -> None:
        assert other.take()
        order.append("other")
        other.give()

    waiting = threading.Thread(target=wait)
    waiting.start()
    for _ in range(int(PATIENCE / 0.01)):
        if held(Path(f"{file}.next")):
            break
        waiting.join(0.01)
    one.give()
    assert one.take()
    order.append("one")
    one.give()
    assert in_time(waiting)
    assert order == ["other", "one"]


def test_a_process_that_is_killed_gives_the_turn_up(tmp_path: Path) -> None:
    file = str(tmp_path / "turns.db")
    with subprocess.Popen([sys.executable, "-c", ANOTHER, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"mine\n"
        assert held(Path(f"{file}.turn"))
        process.kill()
    turns = Turns(file)
    assert turns.take()
    turns.give()


def test_a_turn_that_never_comes_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.turns.WAIT", 0.05)
    one, other = Turns(str(tmp_path / "turns.db")), Turns(str(tmp_path / "turns.db"))
    assert one.take()
    assert not other.take()
    one.give()
    assert other.take()
    other.give()
