"""A PostgreSQL server of a test's own, which may crash and come back."""

import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Self

import psutil
from sqlalchemy import make_url

from tests.fixtures.databases import maintenance, server_at

NAME = "town"
STARTS = 60


class Postgres:
    """The server, with one empty database in it; it stops, and its data go, at the end of the `with`."""

    def __init__(self) -> None:
        # short, since the socket lies in it and its name must be
        self._directory = Path(tempfile.mkdtemp(prefix="bihuan-pg-"))
        self._server: Any = None
        self._pause = Event()

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self._url(NAME)

    def crash(self) -> None:
        """Break off everything at once, as a loss of power does, and come back: it recovers from its log."""
        self.stop("immediate")
        self.start()

    def stop(self, mode: str = "fast") -> None:
        """Stop it, with everybody's connections."""
        program = [self._server.bin_path / "pg_ctl", "-D", self._server.pgdata, "-w", "-t", "120", "-m", mode, "stop"]
        # not into a pipe: the server would keep it open for ever
        subprocess.run(program, user=self._server.system_user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        """Kill -9 the postmaster and its children, all at once: nothing is flushed, nobody is told."""
        postmaster = psutil.Process(self._server.get_pid())
        postmaster.suspend()  # it makes no more children, and those that there are do not end because it has
        family = [*postmaster.children(recursive=True), postmaster]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=10)

    def start(self) -> None:
        """Start it on what is there; after a crash it recovers from its log, on a slow machine for longer than its wrapper waits."""
        for _ in range(STARTS):
            with suppress(subprocess.TimeoutExpired, AssertionError):
                self._server.ensure_postgres_running()
                return
            self._pause.wait(1)
        raise AssertionError("PostgreSQL does not come back")

    def _url(self, database: str) -> str:
        url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg", database=database)
        return url.render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        self._server = server_at(self._directory / "data")
        with maintenance(self._url("postgres")) as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {NAME}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.cleanup()
        shutil.rmtree(self._directory, ignore_errors=True)
