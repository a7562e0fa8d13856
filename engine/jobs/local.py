"""The embedded queue: a table in the product's own database and threads in one process; SQLite and PostgreSQL.

APScheduler ticks twice (due rows each half second, orphans each minute) on its memory store; nothing of it is kept.
Of all processes that call `start`, one runs the jobs; the others stand by and take over when it ends.
"""

import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from engine import clock
from engine.db import transaction
from engine.inserts import insert_once
from engine.jobs import claims, stages
from engine.jobs.changes import Changes, changes_of
from engine.jobs.claims import Claim, Outcome, Retry
from engine.jobs.dispatch import BATCH, anything_due, dispatch_all, dispatch_due
from engine.jobs.locks import lock_for
from engine.jobs.models import TODO, Job
from engine.jobs.port import DELIVER, FIRE_TIMER, Handler
from engine.jobs.upkeep import keep_up
from engine.jobs.workers import LAST_WAIT, OTHER_THREADS, THREADS, Workers

log = structlog.get_logger(__name__)

AHEAD: Mapping[str, int] = {FIRE_TIMER: 1, DELIVER: 4}
"""Jobs taken before a thread is free for them: the timers' one thread need not wait for its next batch, and several deliveries
are settled in one transaction."""
STAND_BY = timedelta(milliseconds=250)
BREATH = timedelta(milliseconds=20)
LOCK_CHECK = timedelta(seconds=1)


class LocalQueue:
    """`JobQueue` on the table `job`; see `engine/jobs/port.py` for what it promises."""

    def __init__(
        self,
        database: Engine,
        *,
        retry: Retry | None = None,
        tick: timedelta = timedelta(milliseconds=500),
        sweep: timedelta = timedelta(minutes=1),
    ) -> None:
        self._database = database
        self._lock = lock_for(database)
        self._retry = retry or Retry()
        self._tick, self._sweep = tick, sweep
        self._handlers: dict[str, Handler] = {}
        self._workers: dict[str, Workers] = {}
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._unsettled: list[Outcome] = []
        self._wake, self._ticked = threading.Event(), threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._settled = threading.Condition()
        self.active = threading.Event()
        """Set while this process is the one that runs the jobs."""

    def put(self, session: Session, kind: str, args: Mapping[str, Any], *, case_id: str | None = None, key: str | None = None) -> None:
        """Insert a row in the caller's transaction; the runner sees it after the commit."""
        values = {"kind": kind, "args": dict(args), "case_id": case_id, "key": key, "state": TODO, "attempts": 0}
        insert_once(session, Job, {**values, "ready_at": clock.real_now()})

    def start(self, handlers: Mapping[str, Handler]) -> None:
        """Run jobs as soon as no other process does."""
        self._handlers = dict(handlers)
        self._stopping.clear()
        self._thread = threading.Thread(target=self._stand_by, name="job-runner", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no new job, wait some seconds for the running ones, and let another process take over."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def dispatch(self) -> int:
        """Turn every due row into a job now, without waiting for the tick; answers how many."""
        count = dispatch_all(self._database, self)
        self._wake.set()
        return count

    def wait_idle(self, seconds: float) -> bool:
        """Wait until no job waits or runs in any process (due rows that nobody dispatched do not count); whether it came to that."""
        deadline = time.monotonic() + seconds
        while True:
            with self._database.connect().execution_options(read_only=True) as connection:
                if not claims.unfinished(connection):
                    return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            with self._settled:
                self._settled.wait(min(left, 0.05))

    def _stand_by(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._lock.acquire():
                    self._be_runner()
            except Exception:  # whatever it was, the next attempt may succeed, and without a runner nothing does
                log.exception("job runner failed, standing by")
            finally:
                self._lock.release()
            self._stopping.wait(STAND_BY.total_seconds())

    def _be_runner(self) -> None:
        with Session(self._database) as session, session.begin():
            if revived := claims.take_up_again(session):
                log.info("jobs of a dead runner taken up again", jobs=revived)
        changes = changes_of(self._database)
        scheduler = self._scheduler()
        self._workers = {
            kind: Workers(kind, handler, THREADS.get(kind, OTHER_THREADS), self._finish) for kind, handler in self._handlers.items()
        }
        scheduler.start()
        self.active.set()
        try:
            self._loop(changes)
        finally:
            self.active.clear()
            scheduler.shutdown(wait=True)
            self._let_go()
            changes.close()

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
        scheduler.add_job(self._on_tick, "interval", seconds=self._tick.total_seconds())
        scheduler.add_job(self._on_sweep, "interval", seconds=self._sweep.total_seconds())
        return scheduler

    def _on_tick(self) -> None:
        """Have the runner's own thread look for due rows: it dispatches, takes and begins in one transaction."""
        self._ticked.set()
        self._wake.set()

    def _on_sweep(self) -> None:
        try:
            keep_up(self._database, clock.now())
        except SQLAlchemyError:
            log.warning("not swept", exc_info=True)

    def _loop(self, changes: Changes) -> None:
        checked = time.monotonic()
        while not self._stopping.is_set():
            try:
                # a breath between two turns, so that several outcomes are settled in one transaction
                if not self._turn() or self._stopping.wait(BREATH.total_seconds()):
                    changes.wait(self._wake)
            except SQLAlchemyError:
                log.warning("no jobs taken", exc_info=True)
                self._stopping.wait(STAND_BY.total_seconds())
                checked = 0.0
            if time.monotonic() - checked >= LOCK_CHECK.total_seconds():
                if not self._lock.held():
                    log.warning("runner lock lost, standing by")
                    return
                checked = time.monotonic()

    def _turn(self) -> bool:
        """Settle what has ended, dispatch what is due and take what is ready, in one transaction; whether there was anything."""
        self._gather()
        now = clock.real_now()
        rooms = {kind: workers.room + AHEAD.get(kind, 0) for kind, workers in self._workers.items()}
        ticked = self._ticked.is_set()
        self._ticked.clear()
        with self._database.connect().execution_options(read_only=True) as connection:
            due = ticked and anything_due(connection, clock.now())
            if not self._unsettled and not due:
                free = [kind for kind, room in rooms.items() if room]
                if not free or not claims.anything_ready(connection, free, now):
                    return False
        for outcome in self._unsettled:
            rooms[outcome.claim.kind] += 1
        timers = self._workers.get(FIRE_TIMER)
        if timers is not None and timers.running > 1 and DELIVER in rooms:
            rooms[DELIVER] = min(rooms[DELIVER], 1)  # many timers are due: they are late already, a message may wait a little
        taken = self._settled_and_taken(rooms, due=due)
        for outcome in self._unsettled:
            self._workers[outcome.claim.kind].running -= 1
        self._unsettled.clear()
        for claim in taken:
            self._workers[claim.kind].hand(claim)
        with self._settled:
            self._settled.notify_all()
        return True

    def _settled_and_taken(self, rooms: Mapping[str, int], *, due: bool) -> list[Claim]:
        try:
            with transaction(self._database) as session:
                if due and dispatch_due(session, self, clock.now(), BATCH) >= BATCH:
                    self._ticked.set()
                return stages.turn(session, self._handlers, self._unsettled, rooms, self._retry)
        except (OperationalError, InterfaceError):
            raise  # the database is busy or away: the same once more
        except Exception:  # one job's trouble must not stand in the way of the others
            log.exception("jobs settled one by one")
            for outcome in self._unsettled:
                self._settle_alone(outcome)
            with transaction(self._database) as session:
                return claims.claim(session, rooms, clock.real_now())  # not begun here: each thread begins its own

    def _settle_alone(self, outcome: Outcome) -> None:
        try:
            with transaction(self._database) as session:
                stages.turn(session, self._handlers, [outcome], {}, self._retry)
        except (OperationalError, InterfaceError):
            raise
        except Exception as failure:
            log.exception("job not settled", kind=outcome.claim.kind, job=outcome.claim.id)
            with transaction(self._database) as session:
                claims.settle(session, [replace(outcome, error=type(failure).__name__)], self._retry, clock.real_now())

    def _finish(self, outcome: Outcome) -> None:
        self._outcomes.put(outcome)
        self._wake.set()

    def _gather(self) -> None:
        while not self._outcomes.empty():
            self._unsettled.append(self._outcomes.get())

    def _let_go(self) -> None:
        """Wait a little for the running handlers and write down what they did; the rest is taken up again by the next runner."""
        deadline = time.monotonic() + LAST_WAIT.total_seconds()
        for workers in self._workers.values():
            workers.stop(max(0.0, deadline - time.monotonic()))
        self._gather()
        if self._unsettled:
            self._settled_and_taken({}, due=False)
            self._unsettled.clear()
