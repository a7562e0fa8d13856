"""A PostgreSQL server of a test's own, which may crash and come back."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import make_url

from tests.fixtures.databases import maintenance, server_at

NAME = "town"


class Postgres:
    """The server, with one empty database in it; it stops, and its data go, at the end of the `with`."""

    def __init__(self) -> None:
        # short, since the socket lies in it and its name must be
        self._directory = Path(tempfile.mkdtemp(prefix="bihuan-pg-"))
        self._server: Any = None

    @property
    def url(self) -> str:
        """The URL of the database."""
        return self._url(NAME)

    def crash(self) -> None:
        """Break off everything at once, as a loss of power does, and come back: it recovers from its log."""
        self._restart("immediate")

    def restart(self) -> None:
        """End all connections in good order and come back."""
        self._restart("fast")

    def _restart(self, mode: str) -> None:
        data = self._server.pgdata
        program = [self._server.bin_path / "pg_ctl", "-D", data, "-l", self._server.log, "-w", "-t", "120", "-m", mode, "restart"]
        # not into a pipe: the server would keep it open for ever
        subprocess.run(program, user=self._server.system_user, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._server.ensure_postgres_running()

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
