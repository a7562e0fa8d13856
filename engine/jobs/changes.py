"""How an idle runner notices that somebody committed."""

import threading
from datetime import timedelta
from typing import Protocol

from sqlalchemy import Engine, PoolProxiedConnection


class Changes(Protocol):
    """Waits until a look into the job table is worth while."""

    def wait(self, wake: threading.Event) -> None:
        """Return soon after a commit in the database, or at once when `wake` is set; clears `wake`."""

    def close(self) -> None:
        """Give the connection back."""


class DataVersion:
    """`PRAGMA data_version` of SQLite: a number that changes when another connection, of any process, commits (10 µs)."""

    def __init__(self, database: Engine, every: timedelta = timedelta(milliseconds=50)) -> None:
        self._connection: PoolProxiedConnection = database.raw_connection()
        self._connection.detach()
        self._every = every.total_seconds()
        self._seen = self._version()

    def wait(self, wake: threading.Event) -> None:
        """Compare the number every now and then until it has changed: a look after each commit of a busy process would cost
        its requests more than they do."""
        while not wake.wait(self._every) and self._version() == self._seen:
            pass
        self._seen = self._version()
        wake.clear()

    def close(self) -> None:
        """Close the connection, which is detached from the pool."""
        self._connection.close()

    def _version(self) -> int:
        cursor = self._connection.cursor()
        try:
            cursor.execute("pragma data_version")
            row = cursor.fetchone()
            return int(row[0]) if row else 0
        finally:
            cursor.close()


class Poll:
    """PostgreSQL without LISTEN: look again a few times a second."""

    def __init__(self, every: timedelta = timedelta(milliseconds=250)) -> None:
        self._every = every.total_seconds()

    def wait(self, wake: threading.Event) -> None:
        """Wait for the next look."""
        wake.wait(self._every)
        wake.clear()

    def close(self) -> None:
        """There is nothing to close."""


def changes_of(database: Engine) -> Changes:
    """The way to notice commits in a database."""
    return DataVersion(database) if database.dialect.name == "sqlite" else Poll()
