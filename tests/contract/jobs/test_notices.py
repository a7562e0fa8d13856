"""A commit in one process is noticed in another, on PostgreSQL (`engine/jobs/notices.py`)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import monotonic
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session

from engine.db import configure, transaction
from engine.jobs.notices import CHANNEL, GAP, Listening, announce_commits
from tests.contract.jobs.recorder import PATIENCE
from tests.fixtures.databases import POSTGRESQL, Databases, create_tables

NEVER = timedelta(minutes=5)
WRITE = text("insert into clock_offset (id, micros) values (:id, 0)")


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """PostgreSQL alone."""
    with databases.copy(POSTGRESQL, "empty", create_tables) as url:
        yield url


@pytest.fixture
def elsewhere(database_url: str) -> Iterator[Engine]:
    """The same database as another process sees it, which tells of its commits."""
    engine = configure(create_engine(database_url))
    announce_commits(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def listening(database: Engine) -> Iterator[Listening]:
    """A listener that has begun, and never looks by itself."""
    listening = Listening(database, silence=NEVER)
    assert _noticed(listening), "it looks once when it begins to listen"
    yield listening
    listening.close()


def test_a_commit_elsewhere_is_noticed_at_once(listening: Listening, elsewhere: Engine) -> None:
    for number in range(3):
        with Session(elsewhere) as session, session.begin():
            session.execute(WRITE, {"id": number})
        began = monotonic()
        assert _noticed(listening)
        assert monotonic() - began < NEVER.total_seconds() / 10


def test_reading_and_rolling_back_are_told_to_nobody(database: Engine, elsewhere: Engine) -> None:
    with _counting(database) as counter:
        with Session(elsewhere) as session:
            session.execute(WRITE, {"id": 1})
            session.rollback()
            session.execute(text("select count(*) from clock_offset"))
        with transaction(elsewhere.execution_options(read_only=True)) as session:
            session.execute(text("select count(*) from clock_offset"))
        with Session(elsewhere) as session, session.begin():
            session.execute(WRITE, {"id": 2})
        assert counter.until_quiet() == 1


def test_many_commits_of_a_moment_are_one_notice(database: Engine, elsewhere: Engine) -> None:
    with _counting(database) as counter:
        began = monotonic()
        for number in range(200):
            with Session(elsewhere) as session, session.begin():
                session.execute(WRITE, {"id": number})
        moments = (monotonic() - began) / GAP.total_seconds()
        assert counter.until_quiet() <= moments + 2


def test_a_command_sends_no_statement_for_it(elsewhere: Engine) -> None:
    sent: list[str] = []
    event.listen(elsewhere, "before_cursor_execute", lambda _connection, _cursor, statement, *_rest: sent.append(statement))
    with Session(elsewhere) as session, session.begin():
        session.execute(WRITE, {"id": 1})
    assert len(sent) == 1


def test_after_a_lost_connection_it_looks_once_and_listens_again(listening: Listening, elsewhere: Engine) -> None:
    with Session(elsewhere) as session:
        listeners = f"from pg_stat_activity where datname = current_database() and query = 'LISTEN {CHANNEL}'"
        assert session.scalar(text(f"select pg_terminate_backend(pid) {listeners}"))
        session.rollback()
    assert _noticed(listening), "something may have been committed meanwhile"
    with Session(elsewhere) as session, session.begin():
        session.execute(WRITE, {"id": 1})
    assert _noticed(listening)


def test_without_any_notice_it_looks_by_itself(database: Engine) -> None:
    listening = Listening(database, silence=timedelta(milliseconds=50))
    for _ in range(3):
        assert _noticed(listening)
    listening.close()


def _noticed(listening: Listening) -> bool:
    """Whether `wait` comes back."""
    waiting = threading.Thread(target=listening.wait, args=(threading.Event(),), daemon=True)
    waiting.start()
    waiting.join(PATIENCE)
    return not waiting.is_alive()


class _Counter:
    """Counts notices on a connection of its own."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        self._driver = driver

    def until_quiet(self) -> int:
        """How many come until nothing comes for a while; at least one must."""
        heard = len(list(self._driver.notifies(timeout=PATIENCE, stop_after=1)))
        while fresh := len(list(self._driver.notifies(timeout=0.3))):
            heard += fresh
        return heard


@contextmanager
def _counting(database: Engine) -> Iterator[_Counter]:
    pooled = database.raw_connection()
    driver = pooled.driver_connection
    assert isinstance(driver, psycopg.Connection)
    pooled.detach()
    with driver:
        driver.autocommit = True
        driver.execute(f"LISTEN {CHANNEL}")
        yield _Counter(driver)
