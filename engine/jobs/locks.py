"""Who runs the jobs of a database: one embedded runner, or any number of workers of a cluster, never both (docs/adr/0012).

A file lock beside a SQLite file, advisory locks on PostgreSQL: the system takes them back from a process that dies.
"""

from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from engine.errors import BihuanError
from engine.filelock import FileLock

ADVISORY_KEY = 0x6269_6875_616E
"""`bihuan` in ASCII; PostgreSQL keeps advisory locks apart by database, so one number serves all."""
WORKERS_KEY = ADVISORY_KEY + 1
"""Held in common by all workers of a cluster: while one of them lives, the embedded runners stand by."""
DISPATCH_KEY = ADVISORY_KEY + 2
"""Held by the one worker that is turning due rows into jobs, so that they come in due order."""
_HELD = text(
    "select exists (select from pg_locks where locktype = 'advisory' and granted"
    " and database = (select oid from pg_database where datname = current_database())"
    " and (cast(classid as bigint) << 32) | cast(objid as bigint) = any(:keys))"
)


class NeedsFile(BihuanError):
    """内存数据库不能运行后台作业，请使用文件。 Background work needs a database file; an SQLite database in memory has none."""

    code = "needs-file"


class RunnerLock(Protocol):
    """Held by the one process that runs the jobs of a database; the system frees it when that process dies."""

    def acquire(self) -> bool:
        """Try to become the runner; answers at once."""

    def held(self) -> bool:
        """Whether the lock is still ours."""

    def release(self) -> None:
        """Let another process become the runner."""


class AdvisoryLock:
    """A session-level advisory lock on a connection of its own; it is lost with that connection."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Try to take the lock; not while a worker of a cluster lives. Raises SQLAlchemy's `DBAPIError` when the database is away."""
        with self._database.connect() as connection:  # a pooled one: a runner that stands by asks four times a second
            if connection.execute(_HELD, {"keys": [ADVISORY_KEY, WORKERS_KEY]}).scalar():
                return False
        locking = _own_connection(self._database)
        try:
            locked = bool(locking.execute(text("select pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar())
        except DBAPIError:
            locking.close()
            raise
        if locked:
            self._connection = locking
        else:
            locking.close()
        return locked

    def held(self) -> bool:
        """Whether the connection that holds it still lives and no worker has come; one round trip."""
        if self._connection is None:
            return False
        try:
            return not self._connection.execute(_HELD, {"keys": [WORKERS_KEY]}).scalar()
        except DBAPIError:
            return False

    def release(self) -> None:
        """Unlock by closing the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class WorkerPresence:
    """Says that a worker of a cluster lives, for as long as its connection does."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._connection: Connection | None = None

    def announce(self) -> None:
        """Say so, or go on saying so; one round trip. Raises SQLAlchemy's `DBAPIError` when the database is away."""
        try:
            if self._connection is not None:
                self._connection.execute(text("select 1"))
                return
            self._connection = _own_connection(self._database)
            self._connection.execute(text("select pg_advisory_lock_shared(:key)"), {"key": WORKERS_KEY})
        except DBAPIError:
            self.withdraw()
            raise

    def withdraw(self) -> None:
        """Say so no longer."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def embedded_runner_lives(connection: Connection) -> bool:
    """Whether an embedded runner holds the lock of this PostgreSQL database."""
    return bool(connection.execute(_HELD, {"keys": [ADVISORY_KEY]}).scalar())


def _own_connection(database: Engine) -> Connection:
    """A connection outside the pool and outside any transaction."""
    connection = database.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()
    return connection


def lock_for(database: Engine) -> RunnerLock:
    """The lock of a database. Raises `NeedsFile` for SQLite in memory."""
    if database.dialect.name != "sqlite":
        return AdvisoryLock(database)
    file = database.url.database
    if not file or file == ":memory:":
        raise NeedsFile
    return FileLock(Path(f"{file}.lock"))
