"""The stand for the hotline's vocabulary, on SQLite: what it promises on both databases is tried in `tests/contract/processes`."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.fixtures.clocks import Clock
from tests.unit.processes.stand import Stand


@pytest.fixture
def stand(sqlite_database: Engine, clock: Clock) -> Iterator[Stand]:
    """A database with one case in it, on an ordinary Monday morning; rolled back afterwards."""
    with Session(sqlite_database, expire_on_commit=False) as session:
        stand = Stand(session, clock)
        stand.case()
        yield stand
