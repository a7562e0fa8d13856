"""A hotline for each test of telephony."""

from collections.abc import Iterator

import pytest

from api.product import Product
from tests.fixtures.asterisk.node import Node
from tests.telephony.hotline import Hotline, opened


@pytest.fixture
def hotline(sqlite_product: Product, exchange: Node) -> Iterator[Hotline]:
    """A hotline on the exchange that tests share."""
    with opened(sqlite_product, exchange) as found:
        yield found
