"""The statements a piece of work sends: counted, written down, and sent again bare as the floor to compare with."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

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
    """Send the same statements through the bare driver, one commit a piece, to a copy of the database they were sent to."""
    timing = Timing([], [])
    connection = database.raw_connection()
    try:
        cursor = connection.cursor()
        for piece in pieces:
            wall, cpu = time.perf_counter(), time.process_time()
            for text, parameters, many in piece.statements:
                (cursor.executemany if many else cursor.execute)(text, parameters)
                if cursor.description is not None:
                    cursor.fetchall()
            connection.commit()
            timing.wall.append(time.perf_counter() - wall)
            timing.cpu.append(time.process_time() - cpu)
    finally:
        connection.close()
    return timing
