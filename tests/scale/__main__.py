"""`make bench-scale CASES=1000000`: fill, measure at 1 k, 100 k and CASES open cases on both databases, write `var/bench-scale.json`."""

import argparse
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import click
from sqlalchemy import NullPool, create_engine

from engine.db import configure
from tests.bench.figures import Figure, table, write
from tests.fixtures.databases import POSTGRESQL, SQLITE, Databases
from tests.fixtures.host import ROOT
from tests.fixtures.product import built, found_city
from tests.scale import calls, fill, measure

SIZES = (1_000, 100_000)
GROWTH = 1.25


def main() -> None:
    """Fill and measure; a million cases took 21 minutes on SQLite alone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--database", choices=(SQLITE, POSTGRESQL), action="append")
    given = parser.parse_args()
    sizes = sorted({size for size in SIZES if size < given.cases} | {given.cases})
    (ROOT / "var").mkdir(exist_ok=True)
    figures: list[Figure] = []
    for dialect in given.database or (SQLITE, POSTGRESQL):
        with tempfile.TemporaryDirectory(prefix="scale-", dir=ROOT / "var") as directory:
            figures += _measure(dialect, Databases(Path(directory), "scale", durable=True), Path(directory), sizes)
    click.echo(table(figures))
    write(figures, ROOT / "var" / "bench-scale.json")


def _measure(dialect: str, databases: Databases, directory: Path, sizes: list[int]) -> list[Figure]:
    figures: list[Figure] = []
    with databases.copy(dialect, "city", found_city) as url:
        cases = fill.models(url)
        for smaller, size in pairwise([0, *sizes]):
            before = time.perf_counter()
            database = configure(create_engine(url, poolclass=NullPool))
            fill.copies(database, cases, size)
            database.dispose()
            click.echo(f"{dialect}: {size:,} open cases after {time.perf_counter() - before:.0f} s more")
            sample = measure.Sample(cases, smaller, size)
            with built(url) as product:
                figures += measure.service(product, sample, dialect, size)
                figures += calls.measured(product, dialect, size)
            with measure.serving(directory, url) as server:
                figures += measure.pages(server, sample, dialect, size)
                figures += measure.at_once(server, url, dialect, size, sample)
                figures += measure.lateness(url, dialect, size, sample)
            click.echo(table([figure for figure in figures if f"{size:,} open" in figure.name]))
    return figures + _growth(figures, dialect, sizes)


def _growth(figures: list[Figure], dialect: str, sizes: list[int]) -> list[Figure]:
    """Each figure at the largest size against the smallest, where both are times."""
    small, large = (f", {size:,} open cases" for size in (sizes[0], sizes[-1]))
    by_name = {figure.name: figure for figure in figures if figure.unit == "ms"}
    grown = []
    for name, figure in by_name.items():
        if name.endswith(large) and name.removesuffix(large) + small in by_name:
            first = by_name[name.removesuffix(large) + small]
            target = GROWTH if "CPU" in name else None
            grown.append(Figure(f"growth of {name.removesuffix(large)}", dialect, figure.value / first.value, "x", None, target))
    return grown


if __name__ == "__main__":
    main()
