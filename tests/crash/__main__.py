"""`make crash-points`: kill at every single point of every scenario, each in a run of its own; or at one point again."""

import logging
import sys
import tempfile
import time
from pathlib import Path

import click
import structlog

from tests.crash.scenarios import SCENARIOS
from tests.crash.starts import quick_starts
from tests.crash.sweep import SEED, Sweep
from tests.fixtures.databases import DIALECTS, SQLITE, Databases


@click.command()
@click.option("--process", type=click.Choice(list(SCENARIOS)), help="Only the scenario of this process.")
@click.option("--database", type=click.Choice(DIALECTS), default=SQLITE, show_default=True)
@click.option("--seed", default=SEED, show_default=True)
@click.option("--point", type=int, help="Only this point, and everything that differs.")
@click.option("--every", default=1, show_default=True, help="Only every n-th point.")
def sweep(process: str | None, database: str, seed: int, point: int | None, every: int) -> None:
    """Kill the product at each point in turn and compare the end with that of an undisturbed run. Exit 1 when one differs."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    failed = 0
    with tempfile.TemporaryDirectory() as directory, quick_starts():
        databases = Databases(Path(directory), "sweep")
        for name in [process] if process else SCENARIOS:
            began = time.perf_counter()
            one = Sweep(databases, database, name, seed)
            wrong = _only(one, point) if point else _all(one, every)
            failed += wrong
            killed = 1 if point else len(one.points[::every])
            click.echo(
                f"{name:18} {database:10} seed {seed}: {killed:5} deaths, {wrong} with another end, {time.perf_counter() - began:.0f} s"
            )
    sys.exit(1 if failed else 0)


def _only(one: Sweep, number: int) -> int:
    click.echo(str(one.points[number - 1]))
    found = one.kill_at(number)
    for line in found:
        click.echo(line)
    return 1 if found else 0


def _all(one: Sweep, every: int) -> int:
    failed = 0
    for line in one.undisturbed.wrong:
        click.echo(f"{one.process}, undisturbed: {line}")
        failed += 1
    for point in one.points[::every]:
        found = one.kill_at(point.number)
        if found:
            failed += 1
            click.echo(f"{point}\n  {found[0]}\n  {one.replay(point.number)}")
    return failed


if __name__ == "__main__":
    sweep()
