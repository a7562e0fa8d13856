"""The statements a piece of work sends: counted, written down, and sent again bare as the floor to compare with."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Engine, event

from engine import libpq
from tests.bench.figures import Timing


@dataclass
class Transaction:
    """What one command sent between its BEGIN and its COMMIT, as the driver got it."""

    statements: list[tuple[str, Any, bool]] = field(default_factory=list)
    """Text, parameters, and whether it is one text for many rows of parameters."""
    commits: int = 0

    @property
    def count(self) -> int:
        """Statements without the BEGIN."""
        return sum(not text.startswith("BEGIN") for text, _, _ in self.statements)


@contextmanager
def recorded(database: Engine) -> Iterator[list[Transaction]]:
    """Write down every statement sent meanwhile; begin a new `Transaction` in the list for each piece of work."""
    pieces: list[Transaction] = []

    def execute(_connection: Any, _cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        if pieces:
            pieces[-1].statements.append((text, parameters, many))

    def commit(_connection: Any) -> None:
        if pieces:
            pieces[-1].commits += 1

    event.listen(database, "before_cursor_execute", execute)
    event.listen(database, "commit", commit)
    yield pieces
    event.remove(database, "before_cursor_execute", execute)
    event.remove(database, "commit", commit)


def replay(database: Engine, pieces: list[Transaction]) -> Timing:
    """Send the same statements through the bare driver, one commit a piece, to a copy of the database they were sent to.

    On PostgreSQL what the product prepares is sent as it sends it: writes that follow each other in one round trip.
    """
    timing = Timing([], [])
    connection = database.raw_connection()
    try:
        for piece in pieces:
            sent = list(_grouped(piece.statements, database.dialect.name))
            wall, cpu = time.perf_counter(), time.process_time()
            if database.dialect.name == "sqlite":
                connection.driver_connection.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]  # connected, so there is a driver's connection
            for send in sent:
                send(connection)
            connection.commit()
            timing.wall.append(time.perf_counter() - wall)
            timing.cpu.append(time.process_time() - cpu)
    finally:
        connection.close()
    return timing


def _grouped(statements: list[tuple[str, Any, bool]], dialect: str) -> Iterator[Callable[[Any], None]]:
    together: list[tuple[str, Any]] = []
    for text, parameters, many in statements:
        prepared = dialect != "sqlite" and isinstance(parameters, list) and not many
        if together and not (prepared and not text.startswith("SELECT")):
            yield partial(_exchange, together)
            together = []
        if prepared:
            together.append((text, parameters))
        elif not text.startswith("BEGIN"):
            yield partial(_execute, text, parameters, many)
    if together:
        yield partial(_exchange, together)


def _exchange(calls: list[tuple[str, Any]], connection: Any) -> None:
    answers, error = libpq.exchange(connection.driver_connection, connection.info.setdefault("replayed", {}), calls)
    assert error is None, error
    for answer in answers:
        answer.rows(tuple)


def _execute(text: str, parameters: Any, many: bool, connection: Any) -> None:
    cursor = connection.cursor()
    (cursor.executemany if many else cursor.execute)(text, parameters)
    if cursor.description is not None:
        cursor.fetchall()
    cursor.close()
