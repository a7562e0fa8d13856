"""An outbox with a real receiver behind it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, TypeAlias

import orjson
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from connectors.outgoing import post
from engine import clock as engine_clock
from engine.jobs.local import LocalQueue
from engine.outbox import services
from engine.outbox.backoff import Backoff
from engine.outbox.deliver import Deliverer
from engine.registry import Sender
from tests.fixtures.gateway import Gateway
from tests.fixtures.gateway import gateway as running_gateway

Put: TypeAlias = Callable[..., str]
BACKOFF = Backoff(first=timedelta(seconds=10), ceiling=timedelta(seconds=40), attempts=4)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A receiver on the loopback."""
    with running_gateway() as receiver:
        yield receiver


@pytest.fixture
def sender(gateway: Gateway) -> Sender:
    """Posts a delivery's body to the receiver."""

    def send(delivery_id: str, body: Mapping[str, Any]) -> None:
        post(gateway.url, orjson.dumps(body), {"Idempotency-Key": delivery_id}, read_seconds=0.2)

    return send


@pytest.fixture
def queue(database: Engine) -> Iterator[LocalQueue]:
    """The embedded queue, not started."""
    queue = LocalQueue(database, tick=timedelta(seconds=0.05))
    yield queue
    queue.stop()


@pytest.fixture
def deliverer(database: Engine, queue: LocalQueue, sender: Sender) -> Deliverer:
    """Sends for the connector `oa`, four times at most."""
    return Deliverer(database, queue, {"oa": sender}, BACKOFF)


@pytest.fixture
def put(sessions: sessionmaker[Session]) -> Put:
    """Puts one committed delivery."""

    def put(body: Mapping[str, Any], case: str = "A", key: str | None = None, connector: str = "oa") -> str:
        with sessions.begin() as session:
            return services.put(session, connector, case, body, key, engine_clock.now())

    return put
