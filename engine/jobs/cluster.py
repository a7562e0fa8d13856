"""The queue of a cluster: procrastinate on PostgreSQL, any number of workers on any number of machines (docs/adr/0012).

A job is put on the caller's own connection, so that it is committed or rolled back with what wants it. Each worker has
one lane for each kind of job, fires timers one at a time, and looks for due rows every half second: the one that finds some
dispatches while the others pass. Whatever fails in a lane, the database going away included, all lanes are begun anew.
"""

import asyncio
import threading
import time
from collections.abc import Mapping
from typing import Any

import structlog
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from engine import clock
from engine.jobs import cluster_rows
from engine.jobs.claims import Retry
from engine.jobs.cluster_lanes import Lanes, Pace
from engine.jobs.dispatch import dispatch_all
from engine.jobs.locks import DISPATCH_KEY, WorkerPresence
from engine.jobs.port import Handler
from engine.jobs.upkeep import keep_up

log = structlog.get_logger(__name__)

_GOOD_BYE = 2
"""Seconds for the threads to end beyond the handlers' last wait."""


class ClusterQueue:
    """`JobQueue` on procrastinate's tables; see `engine/jobs/port.py` for what it promises."""

    def __init__(self, database: Engine, *, retry: Retry | None = None, pace: Pace | None = None) -> None:
        self._database = database
        self._retry, self._pace = retry or Retry(), pace or Pace()
        # An app of its own: the workers' app has an asynchronous connector, which cannot use a session's connection.
        self._app = App(connector=SyncPsycopgConnector())
        self._presence = WorkerPresence(database)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._lanes: Lanes | None = None
        self.active = threading.Event()
        """Set while this process runs jobs."""

    def put(self, session: Session, kind: str, args: Mapping[str, Any], *, case_id: str | None = None, key: str | None = None) -> None:
        """Defer a job on the session's own connection; PostgreSQL tells the workers at the commit."""
        connection = session.connection()
        driver = connection.connection.driver_connection
        lock = None if case_id is None else f"case:{case_id}"
        task = self._app.configure_task(kind, queue=kind, lock=lock, queueing_lock=key, connection=driver)
        if key is None:
            task.defer(**args)
            return
        try:
            # Without a savepoint a key that waits already would undo the whole transaction; the session's own `begin_nested`
            # sets none before the session itself sends a statement.
            with connection.begin_nested():
                task.defer(**args)
        except AlreadyEnqueued:
            log.debug("job waits already", kind=kind, key=key)

    def start(self, handlers: Mapping[str, Handler]) -> None:
        """Run jobs from now on, for as long as the database is there and again whenever it comes back."""
        self._stopping.clear()
        self._lanes = Lanes(self._database.url, handlers, self._retry, self._pace, self.active)
        self._threads = [
            threading.Thread(target=self._run_lanes, args=(self._lanes,), name="job-lanes", daemon=True),
            threading.Thread(target=self._look_after, name="job-ticks", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no new job, wait some seconds for the running ones, and leave the rest to other workers."""
        self._stopping.set()
        if self._lanes is None:
            return
        self._lanes.end()
        deadline = time.monotonic() + self._pace.last_wait.total_seconds() + _GOOD_BYE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._lanes.close()
        self._lanes = None
        self._presence.withdraw()

    def dispatch(self) -> int:
        """Turn every due row into a job now, unless another worker is doing just that; answers how many."""
        return dispatch_all(self._database, self, may=_alone)

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no job waits or runs in any process (due rows that nobody dispatched do not count); whether it came to that."""
        deadline = time.monotonic() + seconds
        pause = threading.Event()
        while True:
            with self._database.connect() as connection:
                if not cluster_rows.unfinished(connection):
                    return True
            if time.monotonic() >= deadline:
                return False
            pause.wait(0.02)

    def _run_lanes(self, lanes: Lanes) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(lanes.run())
            except Exception as failure:  # whatever it was, the next attempt may succeed, and without lanes nothing is done
                log.warning("job lanes ended, they begin anew", error=type(failure).__name__, exc_info=True)
            self._stopping.wait(self._pace.again.total_seconds())

    def _look_after(self) -> None:
        swept = kept_up = 0.0
        while not self._stopping.wait(self._pace.tick.total_seconds()):
            try:
                self._tick()
                if time.monotonic() - swept >= self._pace.sweep.total_seconds():
                    self._sweep()
                    swept = time.monotonic()
                if time.monotonic() - kept_up >= self._pace.upkeep.total_seconds():
                    keep_up(self._database, clock.now())
                    kept_up = time.monotonic()
            except SQLAlchemyError as failure:
                log.warning("due rows not dispatched", error=type(failure).__name__)

    def _tick(self) -> None:
        if not self.active.is_set():
            self._presence.withdraw()  # whoever cannot work must not keep the others from it
            return
        self._presence.announce()
        self.dispatch()

    def _sweep(self) -> None:
        with Session(self._database) as session, session.begin():
            if revived := cluster_rows.take_up_again(session, self._pace.dead):
                log.info("jobs of a dead worker taken up again", jobs=revived)
            if moved := cluster_rows.adopt(session, self):
                log.info("jobs of an embedded runner taken over", jobs=moved)


def _alone(session: Session) -> bool:
    """Whether no other worker dispatches until this transaction ends."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(DISPATCH_KEY))))
