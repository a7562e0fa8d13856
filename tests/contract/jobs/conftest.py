"""Queues under the contract: the embedded one on SQLite and on PostgreSQL, the cluster's on PostgreSQL."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from tests.contract.jobs.adapters import ADAPTERS, Adapter, Queue
from tests.fixtures.databases import Databases, create_tables

Queues: TypeAlias = Callable[[], Queue]
Put: TypeAlias = Callable[..., None]


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """Each adapter in turn."""
    return ADAPTERS[request.param]


@pytest.fixture
def database_url(adapter: Adapter, databases: Databases) -> Iterator[str]:
    """The URL of a database of this test's own, of the adapter's kind."""
    with databases.copy(adapter.dialect, "empty", create_tables) as url:
        yield url


@pytest.fixture
def queues(adapter: Adapter, database: Engine) -> Iterator[Queues]:
    """Makes queues on the test's database that tick fast and retry at once; they stop with the test."""
    made: list[Queue] = []

    def make() -> Queue:
        made.append(adapter.make(database))
        return made[-1]

    yield make
    for queue in made:
        queue.stop()


@pytest.fixture
def queue(queues: Queues) -> Queue:
    """One queue, not yet started."""
    return queues()


@pytest.fixture
def put(sessions: sessionmaker[Session], queue: Queue) -> Put:
    """`put(tag, case_id=None, key=None)`: one job of the kind `work` in a transaction of its own."""

    def put(tag: str, *, case_id: str | None = None, key: str | None = None) -> None:
        with sessions.begin() as session:
            queue.put(session, "work", {"tag": tag}, case_id=case_id, key=key)

    return put
