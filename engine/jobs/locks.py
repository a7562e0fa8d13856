"""One runner for each database: a file lock beside a SQLite file, an advisory lock on PostgreSQL."""

import fcntl
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from engine.errors import BihuanError

ADVISORY_KEY = 0x6269_6875_616E
"""`bihuan` in ASCII; PostgreSQL keeps advisory locks apart by database, so one number serves all."""


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


class FileLock:
    """`flock` on a file; it belongs to the open file, so it ends with the process, `kill -9` included."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Try to lock the file, making it if needed."""
        file = self._path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def held(self) -> bool:
        """Whether we have it; nobody can take it away."""
        return self._file is not None

    def release(self) -> None:
        """Unlock; the file stays, since removing it would let two processes lock two files of one name."""
        if self._file is not None:
            self._file.close()
            self._file = None


class AdvisoryLock:
    """A session-level advisory lock on a connection of its own; it is lost with that connection."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Try to take the lock. Raises SQLAlchemy's `DBAPIError` when the database is away."""
        connection = self._database.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        try:
            locked = bool(connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar())
        except DBAPIError:
            connection.close()
            raise
        if locked:
            self._connection = connection
        else:
            connection.close()
        return locked

    def held(self) -> bool:
        """Whether the connection that holds it still lives; one round trip."""
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("select 1"))
        except DBAPIError:
            return False
        return True

    def release(self) -> None:
        """Unlock by closing the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def lock_for(database: Engine) -> RunnerLock:
    """The lock of a database. Raises `NeedsFile` for SQLite in memory."""
    if database.dialect.name != "sqlite":
        return AdvisoryLock(database)
    file = database.url.database
    if not file or file == ":memory:":
        raise NeedsFile
    return FileLock(Path(f"{file}.lock"))
