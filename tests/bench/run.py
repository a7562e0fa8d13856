"""The measurements on one kind of database, each on a copy of the same open cases."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

from sqlalchemy import Engine, NullPool, create_engine, select

from api.product import Product
from engine import clock, heap
from engine.db import configure
from engine.jobs.dispatch import anything_due
from processes.casefile.models import Case
from tests.bench import over_http, statements, walk
from tests.bench.figures import MILLI, Figure, Timing
from tests.bench.sizes import ENGINE_TABLES, table_sizes
from tests.fixtures.databases import SECRET, SQLITE, Databases
from tests.fixtures.product import built, found_city
from tests.fixtures.server import Server

CASES = 300
WARM_UP = 6
"""Cases walked to their end before counting: diagrams are parsed and statements prepared at their first use."""
WALKED = 50
ROUNDS = 12
"""More tasks than any complaint has in turn."""
TICKS = 300
STATEMENTS = 8
PLAIN = ("ack", "handle")
"""Tasks that move one instance and tell nobody."""
"""Targets of `engine.md`, per core of the machine that the project is built on."""
SERVICE_CPU, SERVICE_WALL = {SQLITE: 0.7}, {"postgresql": 1.0}
HTTP_CPU = {SQLITE: 1.2, "postgresql": 1.7}
BYTES = {SQLITE: 2_500, "postgresql": 3_100}
BEYOND_THE_COMMIT = 3.0


@dataclass
class Walked:
    """Completed tasks in the service layer, by element and in all."""

    all: Timing = field(default_factory=lambda: Timing([], []))
    by_element: dict[str, Timing] = field(default_factory=lambda: defaultdict(lambda: Timing([], [])))
    pieces: dict[str, list[statements.Transaction]] = field(default_factory=lambda: defaultdict(list))
    sent: list[statements.Transaction] = field(default_factory=list)
    """Everything sent, the warm-up included, in its order."""


def measure(dialect: str, databases: Databases, directory: Path) -> list[Figure]:
    """Every figure of one kind of database."""
    opening = Timing([], [])

    def fill(url: str) -> None:
        found_city(url)
        with built(url) as product:
            walk.open_cases(product, WARM_UP, Timing([], []))
            walk.open_cases(product, CASES - WARM_UP, opening)

    with databases.copy(dialect, "city", found_city) as empty, databases.copy(dialect, "cases", fill) as full:
        sizes = _sizes(dialect, empty, full)
    with databases.copy(dialect, "cases", fill) as url, built(url) as product:
        tick = _empty_tick(product)
        walked, warm = _service(product)
    with databases.copy(dialect, "cases", fill) as url, _bare(url) as database:
        replayed = statements.replay(database, walked.sent)
        bare = Timing(replayed.wall[warm:], replayed.cpu[warm:])
    with databases.copy(dialect, "cases", fill) as url:
        http, http_by_element = _http(url, directory)
    counted = walked.sent[warm:]
    return [
        Figure("open a case, service: wall", dialect, opening.mean_wall, "ms"),
        Figure("completed task, service: wall", dialect, walked.all.mean_wall, "ms", bare.mean_wall, SERVICE_WALL.get(dialect)),
        Figure("completed task, service: CPU", dialect, walked.all.mean_cpu, "ms", bare.mean_cpu, SERVICE_CPU.get(dialect)),
        Figure("completed task, service: SQL statements", dialect, mean(piece.count for piece in counted), "statements"),
        Figure("completed task, service: commits", dialect, mean(piece.commits for piece in counted), "commits", None, 1),
        *_by_element(dialect, walked),
        Figure("completed task, HTTP, one client: wall", dialect, http.mean_wall, "ms", bare.mean_wall),
        Figure(
            "completed task, HTTP, one client: beyond the bare commit",
            dialect,
            http.mean_wall - bare.mean_wall,
            "ms",
            None,
            BEYOND_THE_COMMIT,
        ),
        *(
            Figure(
                f"  {element}: beyond the bare commit, median",
                dialect,
                median(http_by_element[element].wall) * MILLI - bare.mean_wall,
                "ms",
                None,
                BEYOND_THE_COMMIT,
            )
            for element in PLAIN
        ),
        Figure(
            "completed task, HTTP: CPU of the server and its background work",
            dialect,
            http.mean_cpu,
            "ms",
            bare.mean_cpu,
            HTTP_CPU[dialect],
        ),
        *sizes,
        Figure("empty tick", dialect, tick, "ms"),
    ]


def _by_element(dialect: str, walked: Walked) -> Iterator[Figure]:
    """Medians of each element; only those that move one instance and call nothing are held to the budget of eight statements."""
    for element, timing in walked.by_element.items():
        count = median(piece.count for piece in walked.pieces[element])
        yield Figure(f"  {element}: CPU, median", dialect, median(timing.cpu) * MILLI, "ms")
        yield Figure(f"  {element}: SQL statements, median", dialect, count, "statements", None, STATEMENTS if element in PLAIN else None)


def _service(product: Product) -> tuple[Walked, int]:
    """Walk cases to their end; answers what was counted, and how many of the first tasks are not."""
    walked = Walked()
    cases = _cases(product)
    heap.settle()  # as a server does
    with statements.recorded(product.database) as pieces:
        for item in _tasks(product, cases[:WARM_UP]):
            walk.complete(product, item, Timing([], []), lambda: pieces.append(statements.Transaction()))
            walked.sent.append(pieces.pop())
        warm = len(walked.sent)
        for item in _tasks(product, cases[WARM_UP : WARM_UP + WALKED]):
            timing = walked.by_element[item.element_id]
            walk.complete(product, item, timing, lambda: pieces.append(statements.Transaction()))
            walked.sent.append(pieces.pop())
            walked.pieces[item.element_id].append(walked.sent[-1])
            walked.all.wall.append(timing.wall[-1])
            walked.all.cpu.append(timing.cpu[-1])
    return walked, warm


def _http(url: str, directory: Path) -> tuple[Timing, dict[str, Timing]]:
    """Walk cases over HTTP; answers the timing of all that counts, and by element."""
    every, by_element = Timing([], []), defaultdict[str, Timing](lambda: Timing([], []))
    with Server(directory, url, BIHUAN_SECRET_KEY=SECRET) as server, built(url) as product:
        cases = _cases(product)
        for of, counts in ((cases[:WARM_UP], False), (cases[WARM_UP : WARM_UP + WALKED], True)):
            for _ in range(ROUNDS):
                items = walk.open_items(product, of)
                for element in sorted({item.element_id for item in items}):
                    timing = Timing([], [])
                    over_http.complete(server, [item.public_id for item in items if item.element_id == element], timing)
                    for kept in (every, by_element[element]) if counts else ():
                        kept.wall += timing.wall
                        kept.cpu += timing.cpu
        server.stop()
    return every, by_element


def _cases(product: Product) -> list[str]:
    with product.engine.read() as session:
        return list(session.scalars(select(Case.case_no).order_by(Case.opened_at)))


def _tasks(product: Product, cases: list[str]) -> Iterator[walk.Item]:
    for _ in range(ROUNDS):
        yield from walk.open_items(product, cases)


def _empty_tick(product: Product) -> float:
    """What a second costs in which nothing is due, milliseconds."""
    taken = []
    for _ in range(TICKS):
        before = time.perf_counter()
        with product.database.connect().execution_options(read_only=True) as connection:
            assert not anything_due(connection, clock.now())
        taken.append(time.perf_counter() - before)
    return median(taken) * MILLI


def _sizes(dialect: str, empty: str, full: str) -> list[Figure]:
    with _bare(empty) as nothing, _bare(full) as everything:
        before, after = table_sizes(nothing), table_sizes(everything)
    grown = {name: (after[name] - before.get(name, 0)) / CASES for name in after}
    engines = sum(grown.get(name, 0) for name in ENGINE_TABLES)
    return [
        Figure("bytes of an open case, the engine's tables", dialect, engines, "B", None, BYTES[dialect]),
        Figure("bytes of an open case, all tables", dialect, sum(grown.values()), "B"),
    ]


@contextmanager
def _bare(url: str) -> Iterator[Engine]:
    database = configure(create_engine(url, poolclass=NullPool))
    yield database
    database.dispose()
