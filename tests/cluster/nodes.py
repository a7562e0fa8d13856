"""The processes of a cluster, each as its supervisor starts it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from tests.fixtures.databases import SECRET
from tests.fixtures.gateway import Gateway
from tests.fixtures.server import READY_SECONDS, STOP_SECONDS, Server

WEB, WORKERS = 2, 3
RUNS = "background work runs"
"""What a worker says when it has begun."""


class Node(Protocol):
    """A process that dies and is started again."""

    def start(self) -> object:
        """Start it; returns when it can work, or at once where nobody can see that."""

    def kill(self) -> None:
        """Kill -9."""


class Worker:
    """A `bihuan worker`."""

    def __init__(self, directory: Path, settings: Mapping[str, str]) -> None:
        self.directory = directory
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._lines = 0

    @property
    def log(self) -> str:
        """Everything it has printed, over all its starts."""
        return (self.directory / "worker.log").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start it and wait until it runs. Fails when it ends before that."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start it and do not wait."""
        self._lines = self._said()
        with (self.directory / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).parent / "bihuan", "worker"],
                env={**os.environ, **self._settings},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until it runs. Fails when it ends before that."""
        assert self._process is not None
        for _ in range(READY_SECONDS * 10):
            if self._said() > self._lines:
                return
            with suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"bihuan worker ended with {self._process.wait(0.1)}:\n{self.log[-4000:]}")
        raise AssertionError(f"bihuan worker was not ready within {READY_SECONDS} s")

    def _said(self) -> int:
        return self.log.count(RUNS) if (self.directory / "worker.log").exists() else 0

    def kill(self) -> None:
        """Kill -9."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """End it as a supervisor does; answers its exit status. Raises `TimeoutExpired` after the contract's 10 s."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(STOP_SECONDS)


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
