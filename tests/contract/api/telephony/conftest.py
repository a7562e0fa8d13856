"""The small product with telephony switched on, and its rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.api.conftest import Desk, found_desk
from tests.contract.api.telephony.rows import Rows
from tests.fixtures.databases import DIALECTS, Databases
from tests.fixtures.product import NOBODYS_EXCHANGE, built


@pytest.fixture(params=DIALECTS)
def desk(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Desk]:
    """The product on both databases in turn, with an exchange that nobody asks."""
    with databases.copy(request.param, "desk", found_desk) as url, built(url, recordings=tmp_path, **NOBODYS_EXCHANGE) as product:
        yield Desk(product)


@pytest.fixture
def rows(desk: Desk) -> Rows:
    """Rows in the desk's database."""
    return Rows(desk.product.sessions)
