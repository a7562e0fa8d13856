"""When the product may be given work: the database answers and is at this version's revision, diagrams and, in `demo`, the city are
there, and the background work is not far behind."""

import threading
from datetime import timedelta
from functools import cache

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api import database
from api.demo.models import DemoLoad
from engine import clock
from engine.definitions.models import Bundle
from engine.jobs.lag import tick_lag
from engine.runtime.engine import Engine
from engine.settings import Settings

NO_DIAGRAMS = "流程定义尚未部署。 The diagrams are not deployed yet: run `bihuan deploy bpmn-models`."
NO_CITY = "演示城市尚未装载完毕。 The demo city is not loaded yet."
OLD_TABLES = "数据库版本不符，请运行 bihuan db upgrade。 The tables are of another version: run `bihuan db upgrade`."
NO_ANSWER = "数据库暂不可用。 The database does not answer."
BEHIND = "后台作业落后 {seconds} 秒（上限 {limit} 秒）。 The background work is {seconds} s behind, {limit} s at most."
PATIENCE = 2.0
"""Seconds in which the database has to answer."""


class Readiness:
    """Looks whether the product can serve, in bounded time: a look that hangs goes on in its own thread, and whoever asks
    meanwhile is told that the database does not answer."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._lock = threading.Lock()
        self._look: _Look | None = None

    def why_not(self) -> str | None:
        """Why the product cannot serve now, as a line for people; None when it can."""
        with self._lock:
            if self._look is None or self._look.done.is_set():
                self._look = _Look(self._engine, self._settings)
            look = self._look
        return look.answer if look.done.wait(PATIENCE) else NO_ANSWER


class _Look:
    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.done = threading.Event()
        self.answer: str | None = NO_ANSWER
        # a daemon, so that a database that hangs for ever keeps nobody from ending the process
        threading.Thread(target=self._run, args=(engine, settings), name="readiness", daemon=True).start()

    def _run(self, engine: Engine, settings: Settings) -> None:
        try:
            with engine.read() as session:
                self.answer = missing(session, settings)
        except SQLAlchemyError:
            self.answer = NO_ANSWER
        finally:
            self.done.set()


def missing(session: Session, settings: Settings) -> str | None:
    """What is still missing, as a line for people; None when the product is ready. Fails on a database without tables."""
    if session.scalar(text("select version_num from alembic_version")) != _head():
        return OLD_TABLES
    if session.scalar(select(Bundle.id).where(Bundle.current).limit(1)) is None:
        return NO_DIAGRAMS
    if not settings.production and not city_stands(session):
        return NO_CITY
    lag = tick_lag(session.connection(), clock.now())
    if lag > timedelta(seconds=settings.ready_lag_seconds):
        return BEHIND.format(seconds=int(lag.total_seconds()), limit=settings.ready_lag_seconds)
    return None


def city_stands(session: Session) -> bool:
    """Whether the demo city was loaded to its end."""
    return session.scalar(select(DemoLoad.id).where(DemoLoad.id == 1, DemoLoad.finished_at.is_not(None))) is not None


@cache
def _head() -> str:
    """The revision of this program; reading the tree of migrations takes some 50 ms."""
    return database.head()
