"""Loading the demo city, and more synthetic cases on demand; a load that was killed is taken up where it stood."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import event, func, select

from api.background import handlers_for
from api.demo import accounts, elders, units
from api.demo.models import DemoLoad
from api.demo.timeline import Timeline
from api.due import Due
from api.product import Product
from engine import clock
from engine.actor import SYSTEM
from engine.errors import BihuanError
from engine.jobs.dispatch import requeue_orphans
from engine.jobs.locks import lock_for
from engine.runtime.work import Work

CITY = 1
CITY_SEED = 2026
PAST = timedelta(days=12)
STEP = 10
Tell = Callable[[str], None]


class RunnerBusy(BihuanError):
    """后台任务正在运行，会打乱过去时间线，请先停止服务再装载。 Background work runs on this database and would fire the past's timers
    now: stop the server, then load."""

    code = "runner-busy"


def load_city(product: Product, tell: Tell) -> None:
    """Make the demo city, or what is missing of it: units, accounts, and the cases of the last days."""
    product.engine.transact(SYSTEM, lambda work: _found(work, product.settings.demo_password))
    load = product.engine.transact(SYSTEM, lambda work: _begin(work, CITY, CITY_SEED, product.settings.demo_cases))
    _play(product, load, tell)


def load_more(product: Product, cases: int, seed: int, tell: Tell) -> None:
    """Make so many more cases, over the last days; an unfinished load is finished first. Raises `RunnerBusy`."""
    product.engine.transact(SYSTEM, lambda work: _found(work, product.settings.demo_password))
    for unfinished in _unfinished(product):
        _play(product, unfinished, tell)
    number = product.engine.transact(SYSTEM, lambda work: (work.session.scalar(select(func.max(DemoLoad.id))) or CITY) + 1)
    _play(product, product.engine.transact(SYSTEM, lambda work: _begin(work, number, seed + number, cases)), tell)


def _found(work: Work, password: str) -> None:
    units.seed(work.session)
    accounts.seed(work.session, password)
    elders.seed(work.session, work.now)


def _begin(work: Work, number: int, seed: int, cases: int) -> DemoLoad:
    load = work.session.get(DemoLoad, number)
    if load is None:
        load = DemoLoad(id=number, seed=seed, cases=cases, begins_at=work.now - PAST, ends_at=work.now, finished_at=None)
        work.session.add(load)
        work.session.flush()
    return load


def _unfinished(product: Product) -> list[DemoLoad]:
    with product.engine.read() as session:
        return list(session.scalars(select(DemoLoad).where(DemoLoad.finished_at.is_(None)).order_by(DemoLoad.id)))


def _play(product: Product, load: DemoLoad, tell: Tell) -> None:
    if load.cases:
        with _alone(product.database), _few_syncs(product.database):
            with product.sessions.begin() as session:
                # What a killed load had taken and not run; nobody else runs anything here.
                requeue_orphans(session, clock.real_now(), timedelta(0))
            due = Due(product.sessions, lambda queue: handlers_for(product.engine, product.database, queue))
            Timeline(product, load, due).play(_percent(load.cases, tell))
    product.engine.transact(SYSTEM, lambda work: _finish(work, load.id, work.now))


def _finish(work: Work, number: int, now: datetime) -> None:
    work.session.get_one(DemoLoad, number).finished_at = now


def _percent(cases: int, tell: Tell) -> Callable[[int], None]:
    told = [0]

    def hear(percent: int) -> None:
        if percent >= told[0] + STEP:
            told[0] = percent - percent % STEP
            tell(f"生成 {cases} 个演示案件 making {cases} demo cases: {told[0]} %")

    return hear


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Keep the background work of every process away: the past is played in its own order."""
    lock = lock_for(database)
    try:
        if not lock.acquire():
            raise RunnerBusy
        yield
    finally:
        lock.release()


@contextmanager
def _few_syncs(database: Database) -> Iterator[None]:
    """On SQLite let commits wait for the next checkpoint: a power cut may cost made-up cases, never the file (WAL)."""
    if database.dialect.name != "sqlite":
        yield
        return

    def relax(connection: Any, _record: object) -> None:
        connection.execute("pragma synchronous=normal")

    database.dispose()
    event.listen(database, "connect", relax)
    try:
        yield
    finally:
        event.remove(database, "connect", relax)
        database.dispose()
