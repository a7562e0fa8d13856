"""`make bench-cluster`: how fast one worker empties a queue of due timers and deliveries, and how fast two do.

Two questions are asked. The real work: complaints whose departments are late in acknowledging; each timer writes a reminder
into its case and puts a text message into the outbox, which is a job again. PostgreSQL needs its part of the same cores, so
on two of them two workers cannot be twice as fast as one. And work that is all Python, where the database is not the limit:
that is what the queue itself allows.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, NullPool, TextClause, create_engine, text
from sqlalchemy.orm import Session

from engine import crypto
from engine.db import configure, to_micros
from engine.jobs.cluster import ClusterQueue
from tests.bench import walk
from tests.bench.counting import COUNT, SIZE
from tests.bench.figures import Figure, Timing, table, write
from tests.cluster import clock
from tests.fixtures.databases import POSTGRESQL, SECRET, Databases, create_tables
from tests.fixtures.host import ROOT
from tests.fixtures.product import built, found_city

CASES = int(os.environ.get("BENCH_CASES", "600"))
COUNTED = 1_000
ROUNDS = 3
"""Each number of workers is measured so often, in turn, and the best counts: the machine has other guests."""
LATE = timedelta(minutes=31)
BEFORE_ACK = ("register", "link_check", "review")
TARGET = 1.6
PATIENCE = 300
"""Seconds for one measurement."""
DUE = text(
    "select (select count(*) from timer where state in ('waiting', 'queued') and due_at <= :now)"
    " + (select count(*) from delivery where state in ('waiting', 'queued') and due_at <= :now)"
)
DELIVERED = text("select count(*) from delivery where state = 'done'")
JOBS = text("select count(*) from procrastinate_jobs where status in ('todo', 'doing')")
WORKERS = text("select count(*) from procrastinate_workers")


def main() -> None:
    """Measure, print the table, and write `var/bench-cluster.json`."""
    crypto.use(crypto.Cipher(SECRET))
    (ROOT / "var").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as directory:
        databases = Databases(Path(directory), "cluster")  # without fsync: the disk is not what is asked about
        figures = [
            *_compared(databases, "due timers with their text messages: jobs", "late", _late, _real, ["api.cli", "worker"]),
            *_compared(databases, "jobs of 10 ms Python: jobs", "empty", create_tables, _counted, ["tests.bench.counting"], TARGET),
        ]
    sys.stdout.write(table(figures) + "\n")
    write(figures, ROOT / "var" / "bench-cluster.json")


def _compared(
    databases: Databases,
    name: str,
    template: str,
    fill: Callable[[str], None],
    measure: Callable[[Engine], float],
    module: list[str],
    target: float | None = None,
) -> Iterator[Figure]:
    best = {1: 0.0, 2: 0.0}
    for _ in range(ROUNDS):
        for number in best:
            with databases.copy(POSTGRESQL, template, fill) as url, _bare(url) as database, _workers(number, module, url, database):
                best[number] = max(best[number], measure(database))
    for number, rate in best.items():
        yield Figure(f"{name}, {number} worker{'s' * (number > 1)}", POSTGRESQL, rate, "1/s", more_is_better=True)
    yield Figure("  two against one", POSTGRESQL, best[2] / best[1], "×", None, target, more_is_better=True)


@contextmanager
def _workers(number: int, module: list[str], url: str, database: Engine) -> Iterator[None]:
    """So many processes, started and at work when this is entered; they end with it."""
    settings = {"BIHUAN_DATABASE_URL": url, "BIHUAN_SECRET_KEY": SECRET, "BIHUAN_TEST_CLOCK": "1", "BIHUAN_LOG_LEVEL": "error"}
    with ExitStack() as stack:
        for _ in range(number):
            command = [sys.executable, "-m", *module]
            process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
            stack.callback(process.wait, 15)
            stack.callback(process.terminate)
        with Session(database) as session:
            lanes = 0
            while not lanes or lanes % number or _asked(session, WORKERS) != lanes:
                lanes = _asked(session, WORKERS)
                _pause(0.5)
        yield


def _late(url: str) -> None:
    """Complaints that their departments have been given and not acknowledged."""
    found_city(url)
    with built(url) as product:
        cases = walk.open_cases(product, CASES, Timing([], []))
        for _ in BEFORE_ACK:
            for item in walk.open_items(product, cases):
                if item.element_id in BEFORE_ACK:
                    walk.complete(product, item, Timing([], []))
    with _bare(url) as database, database.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("vacuum analyze"))


def _real(database: Engine) -> float:
    """Jobs a second, from the moment at which the timers are due to the end of what they set off."""
    with Session(database) as session:
        _until(session, DUE, now=clock.now(database))  # what the making of the cases left
        told = _asked(session, DELIVERED)
        moment = clock.advance(database, LATE)
        timers = _asked(session, DUE, now=moment)
        began = time.perf_counter()
        _until(session, DUE, now=moment)
        _until(session, JOBS)
        return (timers + _asked(session, DELIVERED) - told) / (time.perf_counter() - began)


def _counted(database: Engine) -> float:
    """Jobs a second of those that only count."""
    queue = ClusterQueue(database)
    with Session(database) as session, session.begin():
        for number in range(COUNTED):
            queue.put(session, COUNT, {"size": SIZE}, case_id=str(number))
    began = time.perf_counter()
    with Session(database) as session:
        _until(session, JOBS)
    return COUNTED / (time.perf_counter() - began)


def _until(session: Session, left: TextClause, **values: datetime) -> None:
    """Wait until nothing is left."""
    deadline = time.monotonic() + PATIENCE
    while _asked(session, left, **values):
        assert time.monotonic() < deadline, "the workers do not come to an end"
        _pause(0.1)


def _asked(session: Session, query: TextClause, **values: datetime) -> int:
    session.rollback()  # the rows as they are now
    found: int = session.execute(query, {name: to_micros(value) for name, value in values.items()}).scalar_one()
    return found


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


@contextmanager
def _bare(url: str) -> Iterator[Engine]:
    database = configure(create_engine(url, poolclass=NullPool))
    yield database
    database.dispose()


if __name__ == "__main__":
    main()
