"""`make bench`: measure on SQLite and on PostgreSQL, print the table, write `var/bench.json`."""

import tempfile
from pathlib import Path

from tests.bench.figures import Figure, table, write
from tests.bench.run import measure
from tests.fixtures.databases import POSTGRESQL, SQLITE, Databases
from tests.fixtures.host import ROOT


def main() -> None:
    """Run everything; about two minutes."""
    # Under the project, since a machine's temporary folder may be memory, where a commit costs nothing.
    (ROOT / "var").mkdir(exist_ok=True)
    figures: list[Figure] = []
    for dialect in (SQLITE, POSTGRESQL):
        with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as directory:
            figures += measure(dialect, Databases(Path(directory), "bench", durable=True), Path(directory))
    print(table(figures))
    write(figures, ROOT / "var" / "bench.json")


if __name__ == "__main__":
    main()
