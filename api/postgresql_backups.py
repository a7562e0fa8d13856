"""Backup and restore on PostgreSQL, by its own `pg_dump`, `pg_restore` and `psql` from the PATH."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, inspect, text

from engine.errors import BihuanError
from engine.settings import LOST_HOST

Tell = Callable[[str], None]
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_DUMPED_FROM = re.compile(r"Dumped from database version: (\d+)")
_TABLE = re.compile(r"dumping contents of table \"?(?:public\.)?\"?(\w+)")
_OTHERS = text(
    "select count(*) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
)


class BackupRefused(BihuanError):
    """无法备份或恢复。 This backup or restore is not possible."""

    code = "backup-refused"


def dump(database: Engine, file: Path, tell: Tell) -> None:
    """Write the whole database to a file of pg_dump's own format, as it is at one moment, whoever writes meanwhile.

    Raises `BackupRefused` when pg_dump is missing, older than the server, or fails.
    """
    with database.connect() as connection:
        server = _server(connection)
    command = [_program("pg_dump", server), "--format=custom", "--no-owner", "--no-privileges", "--verbose", f"--file={file}"]
    with _start([*command, *_at(database.url)], env=_environment(database.url), stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        last = _told(running.stderr, tell)
    if running.returncode:
        raise BackupRefused(f"pg_dump 失败：{last}。 pg_dump failed: {last}.")


def load(database: Engine, file: Path, *, replace: bool, tell: Tell) -> None:
    """Replace everything in the database by a backup, in one transaction: it succeeds or leaves what was there.

    Raises `BackupRefused` when a program is missing or too old, the file is no backup of ours, the database holds something and
    `replace` is not said, somebody else is connected to it, or it fails.
    """
    with database.connect() as connection:
        server = _server(connection)
        restorer, shell = _program("pg_restore", server), _program("psql", server)
        _check(restorer, file, server)
        if inspect(connection).get_table_names() and not replace:
            raise BackupRefused("数据库中已有数据，确认替换请加 --yes。 The database holds something: say --yes to replace it.")
        if others := connection.scalar(_OTHERS):
            raise BackupRefused(
                f"还有 {others} 个连接在使用数据库，请先停止程序。 {others} connections use the database; stop the product first."
            )
    tell(f"{file} → {database.url.database}")
    begin = ["-c", "drop schema if exists public cascade", "-c", "create schema public", "-f", "-"]
    command = [shell, "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction", *begin]
    _pour([restorer, "--no-owner", "--no-privileges", "--file=-", str(file)], [*command, *_at(database.url)], _environment(database.url))


def _pour(source: Sequence[str], target: Sequence[str], environment: Mapping[str, str]) -> None:
    """Let one program's output be another's input, which gets its end only when all of it came: a source that died half way
    would else be a script that ends early, and be committed."""
    with (
        tempfile.TemporaryFile() as trouble,
        _start(source, stdout=subprocess.PIPE, stderr=trouble) as giving,
        _start(target, stdin=subprocess.PIPE, stderr=trouble, env=dict(environment)) as taking,
    ):
        assert giving.stdout is not None
        assert taking.stdin is not None
        try:
            shutil.copyfileobj(giving.stdout, taking.stdin, 1 << 20)
            complete = giving.wait() == 0
        except BrokenPipeError:
            giving.kill()
            complete = False
        if not complete and taking.poll() is None:
            taking.kill()
        taking.communicate()
        if not complete or taking.returncode:
            trouble.seek(0)
            last = _last_line(trouble.read().decode(errors="replace"))
            raise BackupRefused(f"恢复失败，数据库没有改变：{last}。 The restore failed and nothing was changed: {last}.")


def _check(restorer: str, file: Path, server: int) -> None:
    listed = _run([restorer, "--list", str(file)])
    if listed.returncode or "TABLE DATA public alembic_version" not in listed.stdout:
        last = _last_line(listed.stderr) or "no alembic_version"
        raise BackupRefused(f"{file} 不是本程序的备份（{last}）。 {file} is no backup of this product: {last}.")
    dumped = _DUMPED_FROM.search(listed.stdout)
    if dumped is not None and int(dumped[1]) > server:
        raise BackupRefused(
            f"备份来自 PostgreSQL {dumped[1]}，不能恢复到较旧的 {server}。 "
            f"The backup is of PostgreSQL {dumped[1]}; it cannot be restored into the older {server}."
        )


def _program(name: str, server: int) -> str:
    """The path of one of PostgreSQL's programs that is not older than the server. Raises `BackupRefused`."""
    path = shutil.which(name)
    if path is None:
        raise BackupRefused(
            f"PATH 中没有 {name}，请安装 postgresql-client-{server}。 There is no {name} in the PATH: install postgresql-client-{server}."
        )
    told = _VERSION.search(_run([path, "--version"]).stdout)
    own = int(told[1]) if told is not None else 0
    if own < server:
        raise BackupRefused(
            f"{name} 是 {own} 版，比服务器的 {server} 版旧，请安装 postgresql-client-{server}。 "
            f"{name} is of version {own}, older than the server's {server}: install postgresql-client-{server}."
        )
    return path


def _server(connection: Connection) -> int:
    return int(connection.scalar(text("show server_version_num")) or 0) // 10_000


def _start(command: Sequence[str], **options: Any) -> "subprocess.Popen[Any]":
    return subprocess.Popen(command, **options)  # noqa: S603 a program of PostgreSQL's with our own arguments, no shell


def _run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 as above


def _at(url: URL) -> list[str]:
    """Where to connect to, without the password: everybody on the machine can read a program's arguments."""
    parts = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    named = {name: str(value) for name, value in parts.items() if value}
    # a server that writes does not always read: who restores is more patient than who serves
    asked = {name: str(value) for name, value in url.query.items() if name != "password" and LOST_HOST.get(name) != value}
    return [f"--dbname={make_conninfo(**{**asked, **named})}"]


def _environment(url: URL) -> dict[str, str]:
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    return {**os.environ, **secret, "LC_ALL": "C"}


def _told(lines: IO[str], tell: Tell) -> str:
    last = ""
    for line in lines:
        last = line.strip() or last
        if (table := _TABLE.search(line)) is not None:
            tell(table[1])
    return last


def _last_line(trouble: str) -> str:
    lines = [line.strip() for line in trouble.splitlines() if line.strip()]
    return lines[-1] if lines else ""
