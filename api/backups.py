"""Backup, restore and export: the whole database as one file, while the product runs."""

import csv
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TextIO

import orjson
from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import database
from engine.errors import BihuanError
from engine.history import expand
from engine.instances.models import Instance
from engine.settings import Settings
from engine.spiff.specs import SpecCache

PAGES = 2_000
"""Database pages copied between two lines of progress (8 MB)."""
COLUMNS = ("at", "case_no", "instance_id", "definition", "version", "seq", "step", "type", "element_id", "flow_id", "actor", "data", "hash")
Tell = Callable[[str], None]


class BackupRefused(BihuanError):
    """无法备份或恢复。 This backup or restore is not possible."""

    code = "backup-refused"


def backup(settings: Settings, found: Database, file: Path, tell: Tell) -> None:
    """Copy the database to a new file, consistent although others write. Raises `BackupRefused`."""
    source = _sqlite_file(settings)
    if file.exists():
        raise BackupRefused(f"{file} 已存在，请换一个文件名。 {file} exists already; choose another name.")
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(part)) as copy:
            live.backup(copy, pages=PAGES, progress=_progress(tell))
        part.rename(file)
    except (sqlite3.OperationalError, OSError) as error:
        raise BackupRefused(f"无法写入 {file}（{error}）。 {file} cannot be written: {error}.") from error


def restore(settings: Settings, file: Path, *, replace: bool, tell: Tell) -> None:
    """Replace the database by a backup after looking into it. Raises `BackupRefused`, `NoDatabase` or `ForeignDatabase`."""
    target = _sqlite_file(settings)
    database.check_directory(settings)
    _check(file)
    if target.exists() and not replace:
        raise BackupRefused(f"{target} 已存在，确认替换请加 --yes。 {target} exists: say --yes to replace it.")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target, timeout=1)) as live:
        try:
            source.backup(live, pages=PAGES, progress=_progress(tell))
        except sqlite3.OperationalError as error:
            raise BackupRefused(
                f"数据库正在使用，请先停止程序（{error}）。 The database is in use; stop the product first ({error})."
            ) from error


def export_csv(session: Session, specs: SpecCache, file: TextIO) -> int:
    """Write every step of every case, without what people typed; answers the number of lines."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    lines = 0
    for case_no in session.scalars(select(Instance.business_key).distinct().order_by(Instance.business_key)).all():
        after: str | None = None
        while True:
            page = expand.read(session, specs, case_no, after=after)
            for step in page.steps:
                data = orjson.dumps(dict(step.data)).decode() if step.data else ""
                facts = {"at": step.at.isoformat(), "case_no": case_no, "data": data}
                writer.writerow([facts[name] if name in facts else getattr(step, name) for name in COLUMNS])
                lines += 1
            after = page.next
            if after is None:
                break
    return lines


def _sqlite_file(settings: Settings) -> Path:
    file = settings.sqlite_file
    if file is None:
        raise BackupRefused(
            "PostgreSQL 请用其自带的 pg_dump 和 pg_restore。 On PostgreSQL use its own pg_dump and pg_restore; this command is for SQLite."
        )
    return file


def _check(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
            sound = source.execute("pragma quick_check").fetchone() == ("ok",)
            found = source.execute("select version_num from alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise BackupRefused(f"{file} 不是本程序的备份。 {file} is no backup of this product: {error}.") from error
    if not sound or found is None:
        raise BackupRefused(f"{file} 已损坏。 {file} is damaged.")


def _progress(tell: Tell) -> Callable[[int, int, int], None]:
    def show(_status: int, remaining: int, total: int) -> None:
        if total > PAGES:
            tell(f"{100 * (total - remaining) // total} %")

    return show
