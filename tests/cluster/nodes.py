"""The processes of a cluster, each as its supervisor starts it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

from tests.fixtures.databases import SECRET
from tests.fixtures.gateway import Gateway
from tests.fixtures.server import Daemon, Server

WEB, WORKERS = 2, 3
RUNS = "background work runs"
"""What a worker says when it has begun."""


class Node(Protocol):
    """A process that dies and is started again."""

    def start(self) -> object:
        """Start it; returns when it can work, or at once where nobody can see that."""

    def kill(self) -> None:
        """Kill -9."""


class Worker(Daemon):
    """A `bihuan worker`."""

    def __init__(self, directory: Path, settings: Mapping[str, str]) -> None:
        super().__init__(directory / "worker.log", "worker")
        self._settings = settings
        self._lines = 0

    def start(self) -> None:
        """Start it and wait until it runs. Fails when it ends before that."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start it and do not wait."""
        self._lines = self._said()
        self.launch(self._settings)

    def wait(self) -> None:
        """Wait until it runs. Fails when it ends before that."""
        self.wait_for(lambda: self._said() > self._lines)

    def _said(self) -> int:
        return self.log.count(RUNS) if self._output.exists() else 0


class Cluster:
    """Web nodes and workers on one database; the gateway takes what they send."""

    def __init__(self, web: list[Server], workers: list[Worker], database_url: str, gateway: Gateway) -> None:
        self.web, self.workers = web, workers
        self.database_url = database_url
        self.gateway = gateway

    @property
    def nodes(self) -> list[Node]:
        """All processes."""
        return [*self.web, *self.workers]


@contextmanager
def running(directory: Path, database_url: str, gateway: Gateway, web: int = WEB, workers: int = WORKERS) -> Iterator[Cluster]:
    """A cluster that has started; the first node makes the tables, the diagrams and the demo's people."""
    settings = {
        "BIHUAN_DATABASE_URL": database_url,
        "BIHUAN_SECRET_KEY": SECRET,
        "BIHUAN_DEMO_CASES": "0",
        "BIHUAN_TEST_CLOCK": "1",
        "BIHUAN_SMS_URL": gateway.url,
        "BIHUAN_SMS_KEY": "key",
        "BIHUAN_LOG_LEVEL": "warning",
    }
    with ExitStack() as stack:
        servers, others = [], []
        for number in range(web):
            servers.append(stack.enter_context(Server(_place(directory, f"web{number}"), database_url, **settings)))
            if number == 0:
                others = [Worker(_place(directory, f"worker{other}"), settings) for other in range(workers)]
                for worker in others:
                    worker.begin()
                    stack.callback(worker.kill)
        for worker in others:
            worker.wait()
        yield Cluster(servers, others, database_url, gateway)


def _place(directory: Path, name: str) -> Path:
    place = directory / name
    place.mkdir()
    return place
