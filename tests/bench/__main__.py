"""`make bench`: measure on SQLite and on PostgreSQL, print the table, write `var/bench.json`."""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeAlias

from tests.bench import run, stock, transitions
from tests.bench.figures import Figure, table, write
from tests.fixtures.databases import POSTGRESQL, SQLITE, Databases
from tests.fixtures.host import ROOT

Measure: TypeAlias = Callable[[str, Databases, Path], Iterable[Figure]]
MEASURES: tuple[Measure, ...] = (run.measure, transitions.measure, stock.measure)
"""What is measured on each kind of database, in this order."""


def main() -> None:
    """Run everything; about three minutes."""
    # Under the project, since a machine's temporary folder may be memory, where a commit costs nothing.
    (ROOT / "var").mkdir(exist_ok=True)
    figures: list[Figure] = []
    for dialect in (SQLITE, POSTGRESQL):
        with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as directory:
            databases = Databases(Path(directory), "bench", durable=True)
            for measure in MEASURES:
                figures += measure(dialect, databases, Path(directory))
    print(table(figures))
    write(figures, ROOT / "var" / "bench.json")


if __name__ == "__main__":
    main()
