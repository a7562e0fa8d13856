"""How many rows there are, without counting a million at each look.

Up to `FEW` rows are counted. Beyond that PostgreSQL is asked for what its statistics say of the partial index (kept by
autovacuum), and SQLite, which has none, counts that index at most once in `REFRESHED` (some 45 ms a million).
"""

import threading
import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, literal_column, select, text

FEW = 1_000
MOST = 10_000
"""Rows that a queue's depth is counted up to."""
REFRESHED = 300.0
"""Seconds for which a count beyond `FEW` is told again on SQLite."""
_ESTIMATE = text("select reltuples from pg_class where oid = to_regclass(:index)")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table in one state, and the partial index that holds exactly them."""

    table: str
    column: str
    state: str
    index: str

    @property
    def condition(self) -> ColumnElement[bool]:
        """In one state, with the constant in the text: a partial index serves no bound value on SQLite."""
        return literal_column(f"{self.table}.{self.column} = '{self.state}'")


def at_most(connection: Connection, condition: ColumnElement[bool], table: str, limit: int = MOST) -> int:
    """How many rows of a table fulfil a condition that an index serves, but no more than `limit` + 1 are looked at."""
    few = select(literal_column("1")).select_from(text(table)).where(condition).limit(limit + 1).subquery()
    return connection.scalar(select(func.count()).select_from(few)) or 0


class Sizes:
    """Counts and remembers. Safe to share between threads."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def of(self, connection: Connection, rows: Rows) -> int:
        """How many there are, beyond `FEW` about how many."""
        count = at_most(connection, rows.condition, rows.table, FEW)
        if count <= FEW:
            return count
        if connection.dialect.name == "postgresql":
            estimate = connection.scalar(_ESTIMATE, {"index": rows.index})
            if estimate is not None and estimate > FEW:
                return int(estimate)
        return self._counted(connection, rows)

    def _counted(self, connection: Connection, rows: Rows) -> int:
        known = self._known.get(rows.index)
        if known is not None and time.monotonic() - known[0] < REFRESHED:
            return known[1]
        with self._lock:  # of several that ask at once one counts
            known = self._known.get(rows.index)
            if known is None or time.monotonic() - known[0] >= REFRESHED:
                known = self._known[rows.index] = time.monotonic(), _whole(connection, rows)
            return known[1]


def _whole(connection: Connection, rows: Rows) -> int:
    """Every row counted, by its index: SQLite would read the whole table, of which some rows are large."""
    by_index = f"{rows.table} indexed by {rows.index}" if connection.dialect.name == "sqlite" else rows.table
    return connection.scalar(select(func.count()).select_from(text(by_index)).where(rows.condition)) or 0
