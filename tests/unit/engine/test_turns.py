"""Writers of one process on one SQLite file take turns, and give them up however they end."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from engine.db import configure, transaction

PATIENCE = 20.0
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
