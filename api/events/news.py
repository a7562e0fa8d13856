"""Which instances moved since the last look, read from the history rows."""

import time
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine as Database
from sqlalchemy import Integer, func, literal_column, select
from sqlalchemy.orm import Session

from engine import clock
from engine.history.models import History
from engine.prepared import Prepared

OVERLAP = timedelta(seconds=15)
"""How far back PostgreSQL is read again now and then: for transactions that took long, and machines whose clocks differ."""
SHORT_OVERLAP = timedelta(seconds=2)
"""How far back it is read at every look."""
BETWEEN_LONG_LOOKS = timedelta(seconds=5)

BETWEEN_SKIPS = timedelta(seconds=1)


class Reader(Protocol):
    """Finds the instances that history rows were added to since the last look."""

    def skip(self, session: Session) -> None:
        """Go to the end without reading."""

    def new_instances(self, session: Session) -> set[int]:
        """The instances with new rows."""


class ByRow:
    """SQLite: one writer, so a row's number follows the order of the commits."""

    _row = literal_column("history.rowid", Integer)
    _newest = Prepared(select(func.max(_row).label("newest")).select_from(History))

    def __init__(self) -> None:
        self._last = 0

    def skip(self, session: Session) -> None:
        """Remember the last row."""
        self._last = self._newest.scalar(session.connection(), {}) or 0

    def new_instances(self, session: Session) -> set[int]:
        """The instances of the rows after the last one."""
        rows = session.execute(select(self._row, History.instance_id).where(self._row > self._last)).all()
        self._last = max((row for row, _ in rows), default=self._last)
        return {instance for _, instance in rows}


class ByTime:
    """PostgreSQL: rows of the last seconds, each told once."""

    def __init__(self) -> None:
        self._told: set[tuple[int, int]] = set()
        self._long_look = self._skipped = float("-inf")

    def skip(self, session: Session) -> None:
        """Take what is there as told; often enough that little is news to the first who listens."""
        if time.monotonic() - self._skipped >= BETWEEN_SKIPS.total_seconds():
            self.new_instances(session)
            self._skipped = time.monotonic()

    def new_instances(self, session: Session) -> set[int]:
        """The instances of the overlap's rows that were not told yet."""
        long = time.monotonic() - self._long_look >= BETWEEN_LONG_LOOKS.total_seconds()
        since = clock.now() - (OVERLAP if long else SHORT_OVERLAP)
        rows = self._rows(session, since)
        fresh = rows - self._told
        if long:
            self._told, self._long_look = rows, time.monotonic()
        else:
            self._told |= fresh
        return {instance_id for instance_id, _seq in fresh}

    def _rows(self, session: Session, since: datetime) -> set[tuple[int, int]]:
        return {(row.instance_id, row.seq) for row in session.execute(select(History.instance_id, History.seq).where(History.at >= since))}


def reader_of(database: Database) -> Reader:
    """The way to find news in a database."""
    return ByRow() if database.dialect.name == "sqlite" else ByTime()
