"""Whether a pooled connection still lives, asked only after it rested: SQLAlchemy's own `pool_pre_ping` asks each time.

That would be one more round trip for every command, 50 µs on the project's machine. A database that was away was away for
longer than `REST`, so a connection that worked a moment ago has not missed it.
"""

import time

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

REST = 0.25
"""Seconds in the pool after which a connection is asked."""
_RETURNED = "bihuan.returned"


def register(database: Engine) -> None:
    """Watch the pool of a database that may go away without telling (not SQLite)."""
    dialect = database.dialect

    def check(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        if time.monotonic() - entry.info.get(_RETURNED, time.monotonic()) < REST:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error

    event.listen(database, "checkout", check)
    event.listen(database, "checkin", _returned)


def _returned(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info[_RETURNED] = time.monotonic()
