"""What the tests of telephony's tables share: a database, and outlets that lead nowhere."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from engine import crypto
from engine.db import configure
from tests.fixtures.databases import SECRET


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """An empty one with all tables, on both databases in turn."""
    crypto.use(crypto.Cipher(SECRET))
    found = configure(create_engine(database_url))
    yield found
    found.dispose()


def nothing(*_about: object) -> None:
    """Whoever should hear of it does not."""
