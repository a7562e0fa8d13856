"""`bihuan deploy`, `bihuan lint`, `bihuan simulate`."""

from collections.abc import Iterable
from pathlib import Path

import click
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from api import preparation
from api.commands import start
from api.vocabulary import catalogue_of, fill
from engine import settings as environment
from engine.lint import Catalogue, Finding, run
from engine.registry import Registry

PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
REFUSED = 1


@click.command("deploy")
@PATHS
def deploy_command(paths: tuple[Path, ...]) -> None:
    """Check and publish the diagrams, tables and forms at PATHS as the system (exit 1 and one line per finding)."""
    with start.refusals():
        done = preparation.deploy(start.product(), preparation.files_at(list(paths)))
    _tell(done.findings)
    if done.refused:
        raise SystemExit(REFUSED)
    for one in done.definitions:
        start.tell(f"{one.kind} {one.key} v{one.version} {one.status}{'' if one.new else ' (unchanged)'}")


@click.command("lint")
@PATHS
def lint_command(paths: tuple[Path, ...]) -> None:
    """Check the diagrams, tables and forms at PATHS; exit 1 and one line per finding: `file:element-id: rule: message`.

    Needs no database: files may refer to each other and to the product's own vocabulary.
    """
    with start.refusals():
        findings = run(preparation.files_at(list(paths)), _catalogue())
    _tell(findings)
    if any(finding.is_error for finding in findings):
        raise SystemExit(REFUSED)


@click.command("simulate")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--cases", default=200, show_default=True, help="How many cases to run.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same run.")
def simulate_command(path: Path, cases: int, seed: int) -> None:
    """Run random cases through the diagrams at PATH (not in this version yet)."""
    raise start.Refusal("本版本尚无仿真功能。 Simulation is not in this version yet.")


def _catalogue() -> Catalogue:
    registry = Registry()
    fill(registry, sessionmaker(create_engine("sqlite://")), environment.load())
    return catalogue_of(registry)


def _tell(findings: Iterable[Finding]) -> None:
    for finding in findings:
        start.tell(str(finding))
