"""The engine alone: user tasks of a small process completed one a commit and many a commit, and timers that are due together.

No hotline, no HTTP: what is left is SpiffWorkflow, the engine around it and the database client. The floor is what the
same statements cost on their own (`statements.replay`).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any, Self

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, select
from sqlalchemy.orm import sessionmaker

from engine import clock, crypto, heap, libpq
from engine.actor import SYSTEM, Actor
from engine.db import configure
from engine.history.models import History
from engine.jobs.local import LocalQueue
from engine.jobs.port import FIRE_TIMER
from engine.registry import Registry
from engine.runtime.engine import Engine
from engine.runtime.work import Work
from engine.timers.firing import TimerFirer
from engine.timers.models import Timer
from engine.workitems.models import OPEN, WorkItem
from tests.bench import statements
from tests.bench.figures import MILLI, Figure
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import put_process
from tests.fixtures.databases import SECRET, SQLITE, Databases, create_tables

CASES = 128
STEPS = 8
"""User tasks in a row, each with a form's answer, a timer that is cancelled and one that is set."""
WARM_UP = 1
BATCH = 64
STARTED = 40
IDLE = TransactionStatus.IDLE
TIMERS = 2_000
WAIT = 120.0
BATCHED = {SQLITE: 1_500.0, "postgresql": 600.0}
SHARE = {SQLITE: 0.3, "postgresql": 0.5}
"""At an fsync of 0.2 ms, which this machine has; 0.6 is wanted where one takes 3 ms."""
DUE = {SQLITE: 1_500.0, "postgresql": 700.0}
SOON = timedelta(minutes=30)
AGENT = Actor("agent1", frozenset({"agent"}))


class RoundTrips:
    """Counts how often the client waits for PostgreSQL: every wait of the driver and of `engine.libpq`."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Self:
        self._kept = psycopg.Connection.wait, libpq.exchange
        wait, exchange = self._kept

        def waited(*given: Any, **named: Any) -> Any:
            self.count += given[0].pgconn.transaction_status != IDLE
            return wait(*given, **named)

        def exchanged(*given: Any) -> Any:
            self.count += 1
            return exchange(*given)

        psycopg.Connection.wait = waited  # type: ignore[method-assign]  # counted on the way
        libpq.exchange = exchanged  # type: ignore[assignment]  # counted on the way
        return self

    def __exit__(self, *_: object) -> None:
        psycopg.Connection.wait, libpq.exchange = self._kept  # type: ignore[method-assign]  # counted on the way


@dataclass(frozen=True, slots=True)
class Bench:
    """An engine on a database of its own."""

    engine: Engine
    database: Database


def measure(dialect: str, databases: Databases, _directory: Path) -> Iterator[Figure]:
    """Every figure of one kind of database."""
    crypto.use(crypto.Cipher(SECRET))
    with databases.copy(dialect, "small", _fill) as url, databases.copy(dialect, "small", _fill) as twin:
        bench, copy = _open(url), _open(twin)
        heap.settle()  # as a server does
        yield from _one_a_commit(dialect, bench, copy)
        yield from _batched(dialect, bench)
        yield from _due(dialect, bench)
        bench.database.dispose()
        copy.database.dispose()


def _open(url: str) -> Bench:
    database = configure(create_engine(url, hide_parameters=True))
    return Bench(Engine(sessionmaker(database, expire_on_commit=False), Registry(groups={"agent"})), database)


def _fill(url: str) -> None:
    """Open instances that wait at their first task, and those that wait for a timer and nothing else."""
    create_tables(url)
    bench = _open(url)
    names = [f"step{number}" for number in range(STEPS)]
    late = [draw.boundary(f"late{name}", name, draw.timer("Duration", '"P3D"'), interrupting=True) for name in names]
    body = draw.start() + "".join(draw.user(name) for name in names) + "".join(late) + draw.end() + draw.end("given_up")
    places = ["begin", *names, "finish"]
    flows = [f"{one}>{other}" for one, other in pairwise(places)] + [f"late{name}>given_up" for name in names]
    waits = draw.start() + draw.catch("waiting", draw.timer("Date", "due")) + draw.user("after") + draw.end()
    with sessionmaker(bench.database).begin() as session:
        put_process(session, "steps", draw.document("steps", body, "; ".join(flows)))
        put_process(session, "waits", draw.document("waits", waits, "begin>waiting; waiting>after; after>finish"))
    due = clock.now() + SOON
    for key, count, moment in (("steps", CASES, None), ("waits", TIMERS, due)):
        for first in range(0, count, STARTED):
            numbers = range(first, min(first + STARTED, count))
            bench.engine.transact(SYSTEM, partial(_start, key=key, numbers=numbers, due=moment))
    bench.database.dispose()


def _start(work: Work, key: str, numbers: Sequence[int], due: datetime | None = None) -> None:
    for number in numbers:
        moment = None if due is None else (due + timedelta(microseconds=number)).isoformat()
        work.start(key, f"{key}-{number}", {"due": moment})


def _one_a_commit(dialect: str, bench: Bench, copy: Bench) -> Iterator[Figure]:
    """Complete the first task of every instance, then the second and so on, one command each; the same statements bare on a copy."""
    wall, cpu, sent = [], [], []
    with statements.recorded(bench.database) as pieces, RoundTrips() as trips:
        for turn in range(STEPS // 2):
            for item in _open_items(bench):
                pieces.append(statements.Transaction())
                trips.count = 0
                before, spent = time.perf_counter(), time.process_time()
                bench.engine.transact(AGENT, _completing([item]))
                sent.append(pieces.pop())
                if turn >= WARM_UP:
                    wall.append(time.perf_counter() - before)
                    cpu.append(time.process_time() - spent)
    bare = statements.replay(copy.database, sent)
    skipped = WARM_UP * CASES
    floor_wall, floor_cpu = mean(bare.wall[skipped:]) * MILLI, mean(bare.cpu[skipped:]) * MILLI
    yield Figure("transition, one a commit: wall", dialect, mean(wall) * MILLI, "ms", floor_wall)
    yield Figure("transition, one a commit: CPU", dialect, mean(cpu) * MILLI, "ms", floor_cpu)
    share = floor_wall / (mean(wall) * MILLI)
    yield Figure("transition, one a commit: speed against the bare statements", dialect, share, "", None, SHARE[dialect], True)
    yield Figure("transition: SQL statements", dialect, mean(piece.count for piece in sent[skipped:]), "statements", None, 8)
    if dialect != SQLITE:
        yield Figure("transition: round trips, BEGIN and COMMIT included", dialect, trips.count, "round trips", None, 3)


def _batched(dialect: str, bench: Bench) -> Iterator[Figure]:
    """Complete the next tasks, many in one command."""
    done, before, spent = 0, time.perf_counter(), time.process_time()
    for _ in range(STEPS // 2):
        items = _open_items(bench)
        for first in range(0, len(items), BATCH):
            bench.engine.transact(AGENT, _completing(items[first : first + BATCH]))
        done += len(items)
    rate, cpu = done / (time.perf_counter() - before), (time.process_time() - spent) / done * MILLI
    yield Figure(f"transition, {BATCH} a commit: CPU", dialect, cpu, "ms")
    yield Figure(f"durable transitions, {BATCH} a commit", dialect, rate, "a second", None, BATCHED[dialect], True)


def _due(dialect: str, bench: Bench) -> Iterator[Figure]:
    """Let all timers come due at once, with the queue that a server runs, and see when the last has fired."""
    queue = LocalQueue(bench.database)
    clock.set_offset(SOON * 2)
    try:
        before, spent = time.perf_counter(), time.process_time()
        queue.dispatch()
        queue.start({FIRE_TIMER: TimerFirer(bench.engine)})
        assert queue.wait_idle(WAIT)
        taken, cpu = time.perf_counter() - before, time.process_time() - spent
    finally:
        queue.stop()
        clock.set_offset(timedelta(0))
    with bench.engine.read() as session:
        assert session.scalars(select(Timer.task_id).where(Timer.element_id == "waiting")).first() is None
        fired = session.scalars(select(History.instance_id).where(History.type == "timer").order_by(History.at, History.instance_id)).all()
    assert list(fired) == sorted(fired), "timers fire in due order"
    yield Figure(f"{TIMERS:,} timers due at once: CPU a timer", dialect, cpu / TIMERS * MILLI, "ms")
    yield Figure(f"{TIMERS:,} timers due at once", dialect, len(fired) / taken, "a second", None, DUE[dialect], True)


def _completing(items: Sequence[tuple[int, int]]) -> Callable[[Work], None]:
    def command(work: Work) -> None:
        for instance_id, task_id in items:
            work.complete(instance_id, task_id, {"outcome": "accept", "reply": "已修好，路灯恢复照明。"})

    return command


def _open_items(bench: Bench) -> list[tuple[int, int]]:
    query = select(WorkItem.instance_id, WorkItem.task_id).where(WorkItem.state == OPEN, WorkItem.process_key == "steps")
    with bench.engine.read() as session:
        return [(row.instance_id, row.task_id) for row in session.execute(query.order_by(WorkItem.instance_id))]
