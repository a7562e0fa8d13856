"""People on the pages of the whole product."""

from collections.abc import Callable

import pytest

from api.product import Product
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
def seat(telephone: Product) -> Admit:
    """Let somebody in where telephony is on, logged in."""
    return lambda username: Visitor(telephone, username)
