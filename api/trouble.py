"""What the database cannot do at the moment, told to people as what it is: away, held by somebody else, or full.

None of it is a bug and none of it leaves half a command behind; who asks again later is served.
"""

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from engine.errors import BihuanError

AGAIN_AFTER = "5"
"""Seconds; the answers' `Retry-After`."""
DISK_FULL = "53100"
"""PostgreSQL's state for it (its manual, appendix A)."""
BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PROTOCOL")
"""SQLite's codes for what passes; its other errors are ours."""


class DatabaseAway(BihuanError):
    """数据库暂时不可用，请稍后再试。 The database is not available at the moment; try again shortly."""

    code = "database-away"


class StorageFull(BihuanError):
    """存储空间已满，无法保存。请联系管理员腾出空间后再试。 There is no room left to save: tell the administrator, then try again."""

    code = "storage-full"


def of(error: Exception) -> BihuanError | None:
    """What to tell people of a failure of the database; None when it is a bug."""
    if isinstance(error, NoConnection):
        return DatabaseAway()
    if not isinstance(error, DBAPIError):
        return None
    if getattr(error.orig, "sqlstate", None) == DISK_FULL or getattr(error.orig, "sqlite_errorname", "") == "SQLITE_FULL":
        return StorageFull()
    known = str(getattr(error.orig, "sqlite_errorname", BUSY[0]))
    lost = isinstance(error, OperationalError | InterfaceError) and known.startswith(BUSY)
    return DatabaseAway() if lost or error.connection_invalidated else None
