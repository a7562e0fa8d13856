"""`make simulate-days N=…` and `make replay CASES=…`."""

import hashlib
import logging
import sys
import tempfile
import time
from pathlib import Path

import click
import structlog

from tests.crash.house import CITY, found
from tests.crash.starts import quick_starts
from tests.fixtures.databases import DIALECTS, SQLITE, Databases
from tests.simulation import runs
from tests.simulation.city import City
from tests.simulation.replay import NotReplayable

SEED = 20261122
BATCH = 100
"""Cases that are loaded and done again at a time."""


@click.group()
def main() -> None:
    """Simulated days, and histories done again. Exit 1 when something is wrong; the seed shows it again."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@main.command("days")
@click.argument("count", type=int)
@click.option("--calls", default=20, show_default=True, help="Calls a day.")
@click.option("--seed", default=SEED, show_default=True)
@click.option("--database", type=click.Choice(DIALECTS), default=SQLITE, show_default=True)
def simulate(count: int, calls: int, seed: int, database: str) -> None:
    """Play so many days of a city in which everything goes wrong that can."""
    with (
        tempfile.TemporaryDirectory() as directory,
        Databases(Path(directory), "days").copy(database, CITY, found) as url,
        quick_starts(),
        City(url, seed, calls) as city,
    ):
        click.echo(f"seed {seed}, {calls} calls a day, {database}: make simulate-days N={count} CALLS={calls} SEED={seed} plays it again")
        for midnight in runs.days(city, count):
            click.echo(f"day {midnight.day}: {midnight.told}: {len(midnight.wrong)} violations")
            for line in midnight.wrong[:20]:
                click.echo(f"  {line}")
            if midnight.wrong:
                sys.exit(1)
        done = "\n".join(map(str, city.watch.points))
        click.echo(f"{len(city.watch.points)} statements, commits and calls: {hashlib.sha256(done.encode()).hexdigest()[:16]}")


@main.command("replay")
@click.argument("cases", type=int)
@click.option("--seed", default=SEED, show_default=True)
@click.option("--database", type=click.Choice(DIALECTS), default=SQLITE, show_default=True)
def replay(cases: int, seed: int, database: str) -> None:
    """Load random cases, do their history again on an empty city, and compare the stored states."""
    began, done, commands = time.perf_counter(), 0, 0
    with tempfile.TemporaryDirectory() as directory:
        databases = Databases(Path(directory), "replay")
        while done < cases:
            batch, own = min(BATCH, cases - done), seed + done
            try:
                count, wrong = runs.replayed_load(databases, database, batch, own, lambda _line: None)
            except NotReplayable as stuck:
                count, wrong = 0, [str(stuck)]
            done, commands = done + batch, commands + count
            seconds, ended = time.perf_counter() - began, "another end" if wrong else "the same"
            click.echo(f"{done} cases, {commands} commands done again, {seconds:.0f} s, {database}, seed {own}: {ended}")
            for line in wrong:
                click.echo(f"  {line}")
            if wrong:
                click.echo(f"make replay CASES={batch} SEED={own} DATABASE={database} shows it again")
                sys.exit(1)


if __name__ == "__main__":
    main()
