"""Which instances moved since the last look, read from the history rows."""

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine as Database
from sqlalchemy import Integer, func, literal_column, select
from sqlalchemy.orm import Session

from engine import clock
from engine.history.models import History

OVERLAP = timedelta(seconds=15)
"""How far back PostgreSQL is read again, for transactions that committed out of order."""


class Reader(Protocol):
    """Finds the instances that history rows were added to since the last look."""

    def skip(self, session: Session) -> None:
        """Go to the end without reading."""

    def new_instances(self, session: Session) -> set[int]:
        """The instances with new rows."""


class ByRow:
    """SQLite: one writer, so a row's number follows the order of the commits."""

    _row = literal_column("history.rowid", Integer)

    def __init__(self) -> None:
        self._last = 0

    def skip(self, session: Session) -> None:
        """Remember the last row."""
        self._last = session.scalar(select(func.max(self._row)).select_from(History)) or 0

    def new_instances(self, session: Session) -> set[int]:
        """The instances of the rows after the last one."""
        rows = session.execute(select(self._row, History.instance_id).where(self._row > self._last)).all()
        self._last = max((row for row, _ in rows), default=self._last)
        return {instance for _, instance in rows}


class ByTime:
    """PostgreSQL: rows of the last seconds, each told once."""

    def __init__(self) -> None:
        self._told: dict[tuple[int, int], datetime] = {}

    def skip(self, session: Session) -> None:
        """Take what is there as told."""
        self.new_instances(session)

    def new_instances(self, session: Session) -> set[int]:
        """The instances of the overlap's rows that were not told yet."""
        since = clock.now() - OVERLAP
        rows = session.execute(select(History.instance_id, History.seq, History.at).where(History.at >= since)).all()
        fresh = {row.instance_id for row in rows if (row.instance_id, row.seq) not in self._told}
        self._told = {(row.instance_id, row.seq): row.at for row in rows}
        return fresh


def reader_of(database: Database) -> Reader:
    """The way to find news in a database."""
    return ByRow() if database.dialect.name == "sqlite" else ByTime()
