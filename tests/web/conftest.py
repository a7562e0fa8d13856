"""People on the pages of the whole product."""

from collections.abc import Callable, Iterator

import pytest

from api import bootstrap
from api.product import Product
from engine import clock
from tests.contract.api.telephony.rows import switched_on
from tests.fixtures.databases import SQLITE, Databases
from tests.fixtures.product import found_city, settings_for
from tests.web.visitor import Visitor

Admit = Callable[[str], Visitor]


@pytest.fixture
def admit(sqlite_product: Product) -> Admit:
    """Let somebody of the demo city in, logged in."""
    return lambda username: Visitor(sqlite_product, username)


@pytest.fixture
def stranger(sqlite_product: Product) -> Visitor:
    """Somebody who is not logged in."""
    return Visitor(sqlite_product)


@pytest.fixture
def telephone(databases: Databases) -> Iterator[Product]:
    """The whole product with telephony on."""
    with databases.copy(SQLITE, "city", found_city) as url:
        product = bootstrap.build(switched_on(settings_for(url)))
        try:
            yield product
        finally:
            product.database.dispose()
            clock.set_offset(clock.offset() * 0)


@pytest.fixture
def seat(telephone: Product) -> Admit:
    """Let somebody in where telephony is on, logged in."""
    return lambda username: Visitor(telephone, username)
