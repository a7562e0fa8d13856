"""Backup, restore and export: the whole database as one file, while the product runs."""

import csv
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TextIO

import orjson
from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import database, postgresql_backups
from api.postgresql_backups import BackupRefused, Tell
from engine.history import expand
from engine.history.expand import HistoryStep
from engine.history.models import Archive
from engine.instances.models import Instance
from engine.settings import Settings
from engine.spiff.specs import SpecCache

PAGES = 2_000
"""Database pages copied between two lines of progress (8 MB)."""
COLUMNS = ("at", "case_no", "instance_id", "definition", "version", "seq", "step", "type", "element_id", "flow_id", "actor", "data", "hash")


def backup(settings: Settings, found: Database, file: Path, tell: Tell) -> None:
    """Copy the database to a new file, consistent although others write. Raises `BackupRefused`."""
    if file.exists():
        raise BackupRefused(f"{file} 已存在，请换一个文件名。 {file} exists already; choose another name.")
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        if settings.sqlite_file is None:
            postgresql_backups.dump(found, part, tell)
        else:
            _copy_sqlite(settings.sqlite_file, part, tell)
        part.rename(file)
    except (sqlite3.OperationalError, OSError) as error:
        raise BackupRefused(f"无法写入 {file}（{error}）。 {file} cannot be written: {error}.") from error
    finally:
        part.unlink(missing_ok=True)


def restore(settings: Settings, file: Path, *, replace: bool, tell: Tell) -> None:
    """Replace the database by a backup after looking into it: the whole, or nothing of it.

    Raises `BackupRefused`, `NoDatabase` or `ForeignDatabase`.
    """
    target = settings.sqlite_file
    database.check_directory(settings)
    if target is None:
        found = database.open_database(settings)
        try:
            postgresql_backups.load(found, file, replace=replace, tell=tell)
        finally:
            found.dispose()
        return
    _check(file)
    if target.exists() and not replace:
        raise BackupRefused(f"{target} 已存在，确认替换请加 --yes。 {target} exists: say --yes to replace it.")
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as live:
        try:
            # only who is alone with a database may leave the write-ahead log; the copy itself would wait for others without end
            live.execute("pragma journal_mode=delete")
            source.backup(live, pages=PAGES, progress=_progress(tell))
        except sqlite3.OperationalError as error:
            raise BackupRefused(
                f"数据库正在使用，请先停止程序（{error}）。 The database is in use; stop the product first ({error})."
            ) from error


def export_csv(session: Session, specs: SpecCache, file: TextIO) -> int:
    """Write every step of every case, those in the archive too, without what people typed; answers the number of lines."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    lines = 0
    everywhere = select(Instance.business_key).union(select(Archive.business_key)).order_by("business_key")
    for case_no in session.scalars(everywhere).all():
        for step in _steps(session, specs, case_no):
            data = orjson.dumps(dict(step.data)).decode() if step.data else ""
            facts = {"at": step.at.isoformat(), "case_no": case_no, "data": data}
            writer.writerow([facts[name] if name in facts else getattr(step, name) for name in COLUMNS])
            lines += 1
    return lines


def _steps(session: Session, specs: SpecCache, case_no: str) -> Iterator[HistoryStep]:
    yield from expand.read_packed(session, specs, case_no)
    after: str | None = None
    while True:
        page = expand.read(session, specs, case_no, after=after)
        yield from page.steps
        after = page.next
        if after is None:
            return


def _copy_sqlite(source: Path, part: Path, tell: Tell) -> None:
    with closing(sqlite3.connect(source, isolation_level=None)) as live, closing(sqlite3.connect(part)) as copy:
        # One read transaction around all pages: otherwise each commit of another process would begin the copy anew, and under
        # load it would never end. Readers hold up no writer (WAL); the log grows until the copy is done.
        live.execute("begin")
        live.execute("select count(*) from sqlite_master").fetchone()
        live.backup(copy, pages=PAGES, progress=_progress(tell))


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
