"""How processes on one PostgreSQL learn of each other's commits: NOTIFY after the commit, LISTEN in a thread.

The notice is no part of the transaction that it is about. PostgreSQL lets only one transaction with a NOTIFY commit at a
time: at 3 ms for a commit 32 clients come to 270 a second instead of 1,900 (docs/adr/0012). So a thread of each process
sends one notice for all that was committed since the last; it costs a command nothing. A process that dies in between
leaves no notice, hence whoever listens looks now and then by itself, and once after every new connection.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import structlog
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

log = structlog.get_logger(__name__)

CHANNEL = "bihuan"
GAP = timedelta(milliseconds=20)
"""Between two notices of one process; so many commits at most wait to be told of."""
AGAIN = timedelta(seconds=1)
"""Before the next attempt when the database is away."""
SILENCE = timedelta(seconds=5)
"""Without a notice for so long, a listener looks by itself."""
LISTENED = 0.5
"""Seconds of listening between two looks at whether to end."""
_COMMITTED = "bihuan_committed"


def announce_commits(database: Engine) -> None:
    """Tell all listeners of every commit over this engine's pool, until the engine is disposed of; nothing but on PostgreSQL."""
    if database.dialect.name == "postgresql":
        _Announcer(database)


class _Announcer:
    """Marks a connection that commits, and tells of it when it goes back to the pool: that is after the commit."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._news, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        event.listen(database, "commit", self._mark)
        event.listen(database, "checkin", self._tell)
        event.listen(database, "engine_disposed", self._end)

    def _mark(self, connection: Connection) -> None:
        if not connection.get_execution_options().get("read_only", False):
            connection.info[_COMMITTED] = True

    def _tell(self, _driver: Any, record: ConnectionPoolEntry) -> None:
        if record.info.pop(_COMMITTED, False):
            self._news.set()
            if self._thread is None:
                self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
                self._thread.start()

    def _end(self, _database: Engine) -> None:
        self._ended.set()
        self._news.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._send()
            except (psycopg.Error, SQLAlchemyError):
                # who listens lost the connection as well, and looks once when it is back
                self._ended.wait(AGAIN.total_seconds())

    def _send(self) -> None:
        with _own_connection(self._database) as connection:
            while self._news.wait() and not self._ended.is_set():
                self._news.clear()
                connection.execute(f"NOTIFY {CHANNEL}")
                self._ended.wait(GAP.total_seconds())


class Listening:
    """`Changes` on PostgreSQL: a thread that listens on a connection of its own, and comes back after any loss of it."""

    def __init__(self, database: Engine, silence: timedelta = SILENCE) -> None:
        self._database = database
        self._silence = silence.total_seconds()
        self._wake: threading.Event | None = None
        self._heard = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listening", daemon=True)
        self._thread.start()

    def wait(self, wake: threading.Event) -> None:
        """Wait for a notice. What is told of before this returns, the caller's look finds."""
        self._wake = wake
        if not self._heard:
            wake.wait(self._silence)
        self._heard = False
        wake.clear()

    def close(self) -> None:
        """Listen no longer; the connection is closed a little later."""
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._listen()
            except (psycopg.Error, SQLAlchemyError) as failure:
                log.info("not listening, the database is away", error=type(failure).__name__)
                self._closing.wait(AGAIN.total_seconds())

    def _listen(self) -> None:
        with _own_connection(self._database) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._hear()  # what was committed while nobody listened
            while not self._closing.is_set():
                for _notice in connection.notifies(timeout=LISTENED, stop_after=1):
                    self._hear()

    def _hear(self) -> None:
        self._heard = True
        if self._wake is not None:
            self._wake.set()


@contextmanager
def _own_connection(database: Engine) -> Iterator[psycopg.Connection[Any]]:
    """The driver's connection, outside the pool and outside any transaction."""
    pooled = database.raw_connection()
    driver = pooled.driver_connection
    assert isinstance(driver, psycopg.Connection)
    pooled.detach()
    try:
        driver.autocommit = True
        yield driver
    finally:
        driver.close()
