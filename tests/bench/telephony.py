"""`make bench-telephony`: what calls cost the exchange and the worker, how late the worker hears of events, how many calls it carries.

A real Asterisk, one `bihuan telephony` as a process, a product on PostgreSQL (BENCH_DATABASE=sqlite for the other one), and sipp as
citizens and telephones, all on the same cores. Every call waits in the queue, is offered to an agent, is bridged and recorded, and
starts its process of intake, as in the field. The load goes up in steps; each is measured once as many calls end as begin.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import psutil
import requests
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.product import Product
from engine import clock
from engine.actor import Actor
from telephony.calls.models import PhoneCall, PhoneLeg
from telephony.plan import services as plans
from telephony.seats import services as seats
from tests.bench.figures import MILLI, Figure, table, write
from tests.bench.generator import Generator, pause
from tests.fixtures.asterisk.node import USER, Node
from tests.fixtures.asterisk.packages import unpacked
from tests.fixtures.databases import POSTGRESQL, SECRET, Databases
from tests.fixtures.host import ROOT
from tests.fixtures.product import built, found_city
from tests.fixtures.server import Daemon, free_port

RATES: Final = tuple(int(each) for each in os.environ.get("BENCH_RATES", "3 6 9 12").split())
"""Calls a second."""
HOLD, WINDOW, PATIENCE = 8, 12, 60
"""Seconds: of a call, of measuring, of waiting for the last calls."""
SEATS: Final = 160
ASTERISK_TARGET, WORKER_TARGET, LAG_TARGET, CALLS_TARGET = 60.0, 12.0, 20.0, 96.0
"""Milliseconds of CPU a call, twice; milliseconds; calls at once (telephony.md, "Load")."""
LAG: Final = "bihuan_telephony_event_lag_seconds"
ADMIN: Final = Actor("admin", frozenset({"admin"}), override=True)


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds so far, and the events' lag: how many were at most so late."""

    asterisk: float
    worker: float
    main: float
    """Of the worker: its one thread that takes the steps."""
    load: float
    """Of the generator."""
    machine: float
    """Everything on all cores."""
    lags: dict[float, float]


class Site:
    """An exchange, a worker and a product at work."""

    def __init__(self, node: Node, worker: Daemon, product: Product, generator: Generator, port: int) -> None:
        self.node, self.worker, self.product, self.generator = node, worker, product, generator
        self._metrics = f"http://127.0.0.1:{port}/metrics"
        children = psutil.Process().children()
        self._asterisk = next(each for each in children if str(node.folder / "etc/asterisk.conf") in each.cmdline())
        self._worker = psutil.Process(worker.pid)

    def spent(self) -> Spent:
        """As of now."""
        threads = {each.id: each.user_time + each.system_time for each in self._worker.threads()}
        all_cores = psutil.cpu_times()
        return Spent(
            asterisk=_cpu(self._asterisk),
            worker=_cpu(self._worker),
            main=threads[self._worker.pid],
            load=sum(_cpu(psutil.Process(pid)) for pid in self.generator.pids),
            machine=sum(all_cores) - all_cores.idle - all_cores.iowait - all_cores.steal,
            lags=self._lags(),
        )

    def _lags(self) -> dict[float, float]:
        text = requests.get(self._metrics, timeout=10).text
        found = next(family for family in text_string_to_metric_families(text) if family.name == LAG)
        return {float(each.labels["le"]): each.value for each in found.samples if each.name.endswith("_bucket")}

    def underway(self) -> int:
        """How many calls live."""
        with self.product.engine.read() as session:
            return session.scalar(select(func.count()).select_from(PhoneCall).where(PhoneCall.ended_at.is_(None))) or 0

    def ended(self, begin: datetime, end: datetime) -> int:
        """How many calls ended between two moments."""
        with self.product.engine.read() as session:
            return session.scalar(select(func.count()).where(PhoneCall.ended_at >= begin, PhoneCall.ended_at < end)) or 0

    def bridged_after(self, begin: datetime) -> list[float]:
        """Milliseconds from ringing an agent to talking, of the calls that began since then, in order."""
        wanted = (
            select(PhoneLeg.created_at, PhoneCall.talking_at)
            .join(PhoneCall, PhoneCall.id == PhoneLeg.call_id)
            .where(PhoneLeg.role == "agent", PhoneCall.began_at >= begin, PhoneCall.talking_at.is_not(None))
        )
        with self.product.engine.read() as session:
            return sorted((row.talking_at - row.created_at).total_seconds() * MILLI for row in session.execute(wanted))


def main() -> None:
    """Measure, print the table and the load of the machine, and write `var/bench-telephony.json`."""
    (ROOT / "var").mkdir(exist_ok=True)
    dialect = os.environ.get("BENCH_DATABASE", POSTGRESQL)
    before = os.getloadavg()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "var") as directory, site(Path(directory), dialect) as found:
        _step(found, dialect, 2, warming=True)
        carried = 0
        for rate in RATES:
            step, good = _step(found, dialect, rate)
            figures += step
            carried = max(carried, rate * HOLD if good else 0)
    most = "most recorded calls at once with all events within 20 ms (p95)"
    figures.append(Figure(most, dialect, carried, "calls", None, CALLS_TARGET, more_is_better=True))
    sys.stdout.write(table(figures) + "\n")
    loads = " ".join(f"{each:.1f}" for each in before), " ".join(f"{each:.1f}" for each in os.getloadavg())
    sys.stdout.write(f"{os.cpu_count()} cores; load before: {loads[0]}; after: {loads[1]}\n")
    write(figures, ROOT / "var" / "bench-telephony.json")


@contextmanager
def site(folder: Path, dialect: str) -> Iterator[Site]:
    """All of it, started; it ends with this."""
    databases, port = Databases(folder, "telephony", durable=True), free_port()
    daemon = Daemon(folder / "telephony.log", "telephony")
    with databases.copy(dialect, "city", found_city) as url, built(url) as product, Node(unpacked(), folder / "exchange") as node:
        _prepare(product)
        generator = Generator(node, folder)
        daemon.launch(
            {
                "BIHUAN_DATABASE_URL": url,
                "BIHUAN_SECRET_KEY": SECRET,
                "BIHUAN_ARI_URL": node.url,
                "BIHUAN_ARI_USER": USER,
                "BIHUAN_ARI_PASSWORD": node.password,
                "BIHUAN_RECORDINGS": str(folder / "recordings"),
                "BIHUAN_TELEPHONY_PORT": str(port),
                "BIHUAN_LOG_LEVEL": "warning",
            }
        )
        try:
            daemon.wait_for(lambda: "telephony runs" in daemon.log)
            with generator.seats():
                yield Site(node, daemon, product, generator, port)
        finally:
            daemon.stop()


def _prepare(product: Product) -> None:
    """Agents at numbers behind the trunk, ready, and a queue without wrap-up or announcements."""
    body = plans.shipped()
    body["queues"]["general"] = {"name": "12345", "wrap_seconds": 0, "place_seconds": 0}

    def fill(session: Session) -> None:
        now = clock.now()
        plans.change(session, ADMIN, body, now)
        for number in range(SEATS):
            agent = Actor(f"bench{number:03}")
            seat = seats.sign_in(session, agent, f"PJSIP/7{number:03}", ("general",), now)
            seat.endpoint += "@city"  # as nobody may ask for: one generator answers for all telephones
            seats.ready(session, agent, now)

    product.engine.transact(ADMIN, lambda work: fill(work.session))


def _step(found: Site, dialect: str, rate: int, *, warming: bool = False) -> tuple[list[Figure], bool]:
    """One rate: the figures, and whether all calls went well and the worker kept up."""
    start = clock.now()
    calls = found.generator.call(rate, 4 if warming else HOLD + WINDOW, 1 if warming else HOLD)
    pause(4 if warming else HOLD)
    before, begin = found.spent(), clock.now()
    pause(1 if warming else WINDOW)
    after, end = found.spent(), clock.now()
    over = calls.wait(PATIENCE)
    for _ in range(PATIENCE * 2):
        if not found.underway():
            break
        pause(0.5)
    calls.end()
    if warming:
        return [], True
    ended, answered, bridged = max(found.ended(begin, end), 1), calls.answered_after, found.bridged_after(start)
    lag50, lag95 = (_quantile(before.lags, after.lags, part) for part in (0.5, 0.95))
    seconds = (end - begin).total_seconds()
    ours = after.asterisk - before.asterisk + after.worker - before.worker + after.load - before.load
    name = f"{rate}/s, {rate * HOLD} at once"

    def figure(what: str, value: float, unit: str = "ms", target: float | None = None) -> Figure:
        return Figure(f"{name}: {what}", dialect, value, unit, None, target)

    worker = (after.worker - before.worker) * MILLI / ended
    main_thread = (after.main - before.main) * MILLI / ended
    failed = calls.failed
    cores = os.cpu_count() or 1
    return [
        figure("Asterisk, CPU a call", (after.asterisk - before.asterisk) * MILLI / ended, target=ASTERISK_TARGET),
        figure("worker, CPU a call", worker, target=WORKER_TARGET),
        figure("  its main thread", main_thread),
        figure("  its other threads: requests, link, processes told", worker - main_thread),
        figure("event lag p50", lag50),
        figure("event lag p95", lag95, target=LAG_TARGET),
        figure("INVITE to 200, p50", _part(answered, 0.5)),
        figure("INVITE to 200, p95", _part(answered, 0.95)),
        figure("agent rung to bridged, p50", _part(bridged, 0.5)),
        figure("agent rung to bridged, p95", _part(bridged, 0.95)),
        figure("calls ended a second", ended / seconds, "1/s"),
        figure("calls that failed", failed, "calls"),
        figure("machine busy with this", 100 * ours / seconds / cores, "%"),
        figure("machine busy in all", 100 * (after.machine - before.machine) / seconds / cores, "%"),
    ], over and not failed and lag95 <= LAG_TARGET


def _quantile(before: dict[float, float], after: dict[float, float], part: float) -> float:
    """Milliseconds, within a bucket as if its events were spread evenly."""
    counts = [(edge, after[edge] - before[edge]) for edge in sorted(after)]
    wanted, low, below = counts[-1][1] * part, 0.0, 0.0
    for edge, upto in counts:
        if upto >= wanted:
            inside = (wanted - below) / (upto - below) if upto > below else 1.0
            return (low + inside * (min(edge, 10.0) - low)) * MILLI
        low, below = edge, upto
    return low * MILLI


def _part(values: list[float], part: float) -> float:
    return values[min(int(len(values) * part), len(values) - 1)] if values else 0.0


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    main()
