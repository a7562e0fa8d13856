"""Queues under the contract: the embedded adapter on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypeAlias

import pytest
from sqlalchemy import Engine

from engine.jobs.claims import Retry
from engine.jobs.local import LocalQueue

Queues: TypeAlias = Callable[[], LocalQueue]


@pytest.fixture
def queues(database: Engine) -> Iterator[Queues]:
    """Makes queues on the test's database that tick fast and retry at once; they stop with the test."""
    made: list[LocalQueue] = []

    def make() -> LocalQueue:
        queue = LocalQueue(
            database, retry=Retry(attempts=3, pause=timedelta(0)), tick=timedelta(seconds=0.05), sweep=timedelta(seconds=0.1)
        )
        made.append(queue)
        return queue

    yield make
    for queue in made:
        queue.stop()


@pytest.fixture
def queue(queues: Queues) -> LocalQueue:
    """One queue, not yet started."""
    return queues()
