"""Statements sent to PostgreSQL through its own client library: any number of them in one round trip.

A psycopg cursor costs the client 60 to 100 µs a statement and its pipeline no less, since it asks the operating system
before each. Here a statement is prepared once a connection under a name of ours, sent in libpq's pipeline mode, and all
answers are read together: 10 to 15 µs each (`make bench`). While it waits, other threads run. Everything else about a
connection (its settings, its errors, COMMIT and ROLLBACK) stays psycopg's.
"""

import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from psycopg import Connection, DataError, Error, OperationalError
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

Call: TypeAlias = tuple[str, Sequence[Any]]
"""A statement with `$1 $2 …`, and its values by place."""
DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
BINARY = 1


class Answer:
    """What came back for one statement."""

    def __init__(self, connection: Connection[Any], result: Any) -> None:
        self._connection = connection
        self._result = result

    @property
    def count(self) -> int:
        """How many rows the statement touched."""
        return self._result.command_tuples or 0

    def rows(self, shape: Callable[[Sequence[Any]], Any]) -> list[Any]:
        """The rows, each given to `shape` as a tuple of what psycopg makes of the columns' types."""
        reader = Transformer(self._connection)
        reader.set_pgresult(self._result)
        return reader.load_rows(0, self._result.ntuples, shape)


def exchange(connection: Connection[Any], known: dict[str, bytes], calls: Sequence[Call]) -> tuple[list[Answer], Error | None]:
    """Send statements in their order; a transaction is begun first unless one is open.

    Answers what came of each that was carried out, and the error of the one that was not: those after it are not either.
    `known` holds the names of the statements that this connection has prepared; the caller keeps it as long as the
    connection. Raises psycopg's `OperationalError` when the connection is lost.
    """
    ready = [(text, *_encoded(values)) for text, values in calls]
    wire = connection.pgconn
    with connection.lock:
        try:
            wire.enter_pipeline_mode()
            sent = _send(connection, known, ready)
            results = list(_results(wire, len(sent) + 1))
            wire.exit_pipeline_mode()
        except BaseException:
            connection.close()  # half an exchange cannot be taken up again
            raise
    answers: list[Answer] = []
    for (text, name), result in zip(sent, results, strict=False):
        if result.status not in DONE:
            return answers, error_from_result(result, connection.info.encoding)
        if name is not None:
            known[text] = name
        elif text:
            answers.append(Answer(connection, result))
    return answers, None


def _send(connection: Connection[Any], known: Mapping[str, bytes], ready: Sequence[tuple[str, Any, Any]]) -> list[tuple[str, bytes | None]]:
    """Send everything; answers the text of each statement sent, with a name where it was only prepared, empty for BEGIN."""
    wire = connection.pgconn
    sent: list[tuple[str, bytes | None]] = []
    if wire.transaction_status == TransactionStatus.IDLE and not connection.autocommit:
        wire.send_query_params(b"BEGIN READ ONLY" if connection.read_only else b"BEGIN", None)
        sent.append(("", None))
    fresh: dict[str, bytes] = {}
    for text, values, formats in ready:
        name = known.get(text) or fresh.get(text)
        if name is None:
            name = fresh[text] = b"bihuan_%d" % (len(known) + len(fresh))
            wire.send_prepare(name, text.encode())
            sent.append((text, name))
        wire.send_query_prepared(name, values, formats, BINARY)
        sent.append((text, None))
    wire.pipeline_sync()
    while wire.flush():
        if _wait(wire, select.POLLIN | select.POLLOUT) & select.POLLIN:
            wire.consume_input()
    return sent


def _results(wire: Any, wanted: int) -> Iterator[Any]:
    while wanted:
        if wire.is_busy():
            _wait(wire, select.POLLIN)
            wire.consume_input()
        elif (result := wire.get_result()) is not None:
            wanted -= 1
            yield result
        elif wire.status == ConnStatus.BAD:
            raise OperationalError("the connection to the database was lost")


def _wait(wire: Any, events: int) -> int:
    poll = select.poll()
    poll.register(wire.socket, events)
    return poll.poll()[0][1]


def _encoded(values: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """Values as libpq takes them, bytes in binary and everything else as text, and which of them are binary."""
    found, formats = [], []
    for value in values:
        kind = type(value)
        formats.append(1 if kind is bytes else 0)
        if kind is str:
            if "\0" in value:
                raise DataError("PostgreSQL text cannot contain NUL")
            found.append(value.encode())
        elif kind is int:
            found.append(b"%d" % value)
        elif value is None or kind is bytes:
            found.append(value)
        else:
            found.append(_rare(value).encode())
    return found, formats


def _rare(value: Any) -> str:
    match value:
        case bool():
            return "t" if value else "f"
        case float():
            return repr(value)
        case int() | str() | Decimal() | UUID():
            return str(value)
        case date() | time():
            return value.isoformat()
    raise TypeError(f"no way to send a {type(value).__name__} to PostgreSQL in a prepared statement")
