"""The town of these tests, on SQLite: what diagrams do does not depend on the database."""

import pytest

from api.product import Product
from tests.bpmn.town import Town
from tests.fixtures.clocks import Clock
from tests.fixtures.product import sqlite_product

__all__ = ["sqlite_product"]


@pytest.fixture
def town(sqlite_product: Product, clock: Clock) -> Town:
    """A town on an ordinary Monday morning, with the demo's accounts and no cases."""
    return Town(sqlite_product, clock)
