"""`bihuan db`, `bihuan audit`, `bihuan backup`, `bihuan restore`."""

import sys
from pathlib import Path

import click

from api import backups, database
from api.commands import start
from engine.history import anchors, verify
from processes.casefile.guards import case_of
from telephony.recordings import proof


@click.group("db")
def db_group() -> None:
    """The database's tables."""


@db_group.command("upgrade")
def upgrade_command() -> None:
    """Bring the tables to this version."""
    with start.refusals():
        found = database.open_database(start.settings())
        try:
            done = database.upgrade(found)
        finally:
            found.dispose()
    start.tell("数据库已升级 upgraded" if done else "数据库已是最新 already up to date")


@db_group.command("revise")
@click.argument("message")
def revise_command(message: str) -> None:
    """Write the migration from the database's tables to the models (for developers)."""
    with start.refusals():
        found = database.open_database(start.settings())
        try:
            database.upgrade(found)
            written = database.revise(found, message)
        finally:
            found.dispose()
    start.tell(str(written))


@click.group("audit")
def audit_group() -> None:
    """Proof and export of the history."""


@audit_group.command("verify")
@click.argument("case_no", required=False)
def verify_command(case_no: str | None) -> None:
    """Check the hash chains of one case, or of all with the daily anchors; exit 1 and the first bad record."""
    with start.refusals():
        product = start.product()
        with product.engine.read() as session:
            if case_no is not None:
                case_of(session, case_no)
            report = verify.verify(session, case_no)
            broken = anchors.broken_days(session) if case_no is None else []
    for line in verify.bad_lines(report):
        start.tell(line)
    for day in broken:
        start.tell(f"{day}: 当日锚点不符 the day's anchor does not fit its rows")
    if report.bad or broken:
        raise SystemExit(1)
    start.tell(f"{report.instances} 个实例、{report.rows} 条履历，完好无损 {report.instances} instances, {report.rows} records, all sound")


@audit_group.command("recordings")
def recordings_command() -> None:
    """Check every recording's file against the digest it was fetched with; a line for each that is gone or changed, and exit 1."""
    total = bad = 0
    with start.refusals():
        product = start.product()
        with product.engine.read() as session:
            for looked in proof.look(session, product.settings.recordings):
                total += 1
                if looked.wrong:
                    bad += 1
                    start.tell(f"{looked.name}: {looked.wrong}")
    if bad:
        raise SystemExit(1)
    start.tell(f"{total} 个录音，完好无损 {total} recordings, all sound")


@audit_group.command("export")
@click.option("--format", "kind", type=click.Choice(["csv", "xes", "ocel"]), required=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of standard output.")
def export_command(kind: str, output: Path | None) -> None:
    """Write the event log, without what people typed: csv, one line a step (xes and ocel are not in this version yet)."""
    if kind != "csv":
        raise start.Refusal(f"本版本尚不支持导出 {kind}，请用 csv。 Export as {kind} is not in this version yet; use csv.")
    with start.refusals():
        product = start.product()
        with product.engine.read() as session:
            if output is None:
                backups.export_csv(session, product.engine.specs, sys.stdout)
                return
            with output.open("w", encoding="utf-8", newline="") as file:
                rows = backups.export_csv(session, product.engine.specs, file)
    start.tell(f"{rows} 行 rows → {output}")


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup_command(file: Path) -> None:
    """Write the whole database to FILE while the product runs."""
    with start.refusals():
        settings = start.settings()
        found = database.open_database(settings)
        try:
            database.require_head(found)
            backups.backup(settings, found, file, start.tell)
        finally:
            found.dispose()
    start.tell(f"备份完成 backed up → {file}")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Replace a database that holds something.")
def restore_command(file: Path, yes: bool) -> None:
    """Replace the database by a backup; nothing else may run on it meanwhile."""
    with start.refusals():
        backups.restore(start.settings(), file, replace=yes, tell=start.tell)
    start.tell("恢复完成 restored")
