"""The declarative base, the column types and the database engine's settings that every table shares."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import orjson
from sqlalchemy import BigInteger, Connection, Dialect, Engine, LargeBinary, MetaData, Table, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from engine.turns import Turns

_TURN = "writes"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 in UTC of an aware moment, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The aware UTC moment of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


class Instant(TypeDecorator[datetime]):
    """An aware moment, kept as microseconds since 1970 in UTC: exact, sortable, eight bytes on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse a naive moment: a time without a zone is a bug."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        if not 1 < value.year < 9999:
            raise ValueError("a moment at the end of the calendar could not be read back")
        return to_micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give the moment back in UTC."""
        return None if value is None else from_micros(value)


class Json(TypeDecorator[Any]):
    """A JSON value as compact UTF-8 bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Encode; `None` stays NULL."""
        return None if value is None else orjson.dumps(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Decode."""
        return None if value is None else orjson.loads(value)


class Base(DeclarativeBase):
    """The base of every table of the product."""

    metadata = MetaData(naming_convention=NAMING)


def tables(*models: type[Base]) -> tuple[Table, ...]:
    """The tables of models, for the few hot statements that go without the ORM."""
    return tuple(cast(Table, model.__table__) for model in models)


class CommandSession(Session):
    """A session on one connection, in the transaction that is open there: half the cost of one that looks for both."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, expire_on_commit=False)
        self._own = connection

    def connection(self, *arguments: Any, **options: Any) -> Connection:
        """The connection."""
        return super().connection(*arguments, **options) if arguments or options else self._own


@contextmanager
def transaction(engine: Engine) -> Iterator[CommandSession]:
    """A session in a transaction of its own, which is committed at the end, or rolled back."""
    with engine.begin() as connection, CommandSession(connection) as session:
        yield session
        session.flush()


def configure(engine: Engine) -> Engine:
    """Set up a database engine as the product needs it: WAL and durable commits on SQLite, `BEGIN IMMEDIATE` for
    commands. A connection with the execution option `read_only=True` begins deferred and refuses to write."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", _keep_more_statements)
        event.listen(engine, "connect", _open_sqlite)
        writers = _Writers(Turns(engine.url.database))
        event.listen(engine, "begin", writers.begin)
        for end in ("checkin", "invalidate", "detach"):
            event.listen(engine, end, writers.end)
    else:
        event.listen(engine, "connect", _open_postgresql)
    return engine


def _open_postgresql(connection: Any, _record: ConnectionPoolEntry) -> None:
    # after a ROLLBACK psycopg drops every prepared statement if it made one itself, ours (`engine.libpq`) among them
    connection.prepare_threshold = None


def _open_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None
    for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=30000", "cache_size=-65536"):
        connection.execute(f"pragma {pragma}")


class _Writers:
    """`BEGIN` for SQLite: a command waits for its turn, which ends with the connection's return to the pool."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def begin(self, connection: Connection) -> None:
        """`BEGIN`, for a command as the writer."""
        reads = connection.get_execution_options().get("read_only", False)
        if not reads and not connection.info.get(_TURN):
            connection.info[_TURN] = self._turns.take()
        text = "BEGIN" if reads else "BEGIN IMMEDIATE"
        driver: Any = connection.connection.driver_connection  # `exec_driver_sql` costs four times as much
        try:
            driver.execute(text)
        except sqlite3.Error as error:
            connection._handle_dbapi_exception(error, text, None, None, None)

    def end(self, _connection: Any, record: ConnectionPoolEntry, *_more: Any) -> None:
        """The connection goes back, or is given up: it is the next one's turn."""
        if record.info.pop(_TURN, False):
            self._turns.give()


def _keep_more_statements(_dialect: Dialect, _record: ConnectionPoolEntry, _arguments: Any, settings: dict[str, Any]) -> None:
    """The product has more statements than the 128 that Python's driver keeps parsed by itself."""
    settings.setdefault("cached_statements", 1024)
