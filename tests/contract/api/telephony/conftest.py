"""The small product with telephony switched on, and its rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api import bootstrap
from engine import clock
from tests.contract.api.conftest import Desk, found_desk
from tests.contract.api.telephony.rows import Rows, switched_on
from tests.fixtures.databases import DIALECTS, Databases
from tests.fixtures.product import settings_for


@pytest.fixture(params=DIALECTS)
def desk(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Desk]:
    """The product on both databases in turn, with an exchange that nobody asks."""
    with databases.copy(request.param, "desk", found_desk) as url:
        product = bootstrap.build(switched_on(settings_for(url), recordings=tmp_path))
        try:
            yield Desk(product)
        finally:
            product.database.dispose()
            clock.set_offset(clock.offset() * 0)


@pytest.fixture
def rows(desk: Desk) -> Rows:
    """Rows in the desk's database."""
    return Rows(desk.product.sessions)
