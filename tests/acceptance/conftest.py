"""The running hotline of the acceptance tests."""

from collections.abc import Iterator

import pytest

from tests.acceptance.hotline import Hotline
from tests.fixtures.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: these tests move its clock by weeks, which other tests would notice."""
    with Server(tmp_path_factory.mktemp("acceptance")) as server:
        yield server


@pytest.fixture(scope="session")
def hotline(server: Server) -> Hotline:
    """One hotline for all acceptance tests of a worker; its clock only goes on."""
    return Hotline(server)
