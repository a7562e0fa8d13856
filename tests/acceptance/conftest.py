"""The running hotline of the acceptance tests."""

import pytest

from tests.acceptance.hotline import Hotline
from tests.fixtures.server import Server


@pytest.fixture(scope="session")
def hotline(server: Server) -> Hotline:
    """One hotline for all acceptance tests of a worker; its clock only goes on."""
    return Hotline(server)
