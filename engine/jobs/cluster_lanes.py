"""The lanes of one worker: for each kind of job a procrastinate worker and a few threads that run the handlers."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from procrastinate.worker import Worker
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import URL

from engine import clock
from engine.errors import BihuanError
from engine.jobs.claims import Claim, Outcome, Retry
from engine.jobs.port import Handler
from engine.jobs.workers import LAST_WAIT, OTHER_THREADS, THREADS, Workers


class JobFailed(BihuanError):
    """后台作业失败。 A background job failed."""

    code = "job-failed"


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a worker does what. A worker that was not heard of for `dead`, several heartbeats, is thought dead."""

    tick: timedelta = timedelta(milliseconds=500)
    sweep: timedelta = timedelta(seconds=5)
    upkeep: timedelta = timedelta(minutes=1)
    poll: timedelta = timedelta(milliseconds=250)
    """A job whose case was busy is not told of again when the case is free; procrastinate looks this often."""
    heartbeat: timedelta = timedelta(seconds=4)
    dead: timedelta = timedelta(seconds=20)
    again: timedelta = timedelta(milliseconds=500)
    """Before the lanes that failed are begun anew."""
    last_wait: timedelta = LAST_WAIT
    """For running handlers to end when the worker does."""


class Lanes:
    """All lanes of this process. The threads outlive a loss of the database, the procrastinate workers do not."""

    def __init__(self, url: URL, handlers: Mapping[str, Handler], retry: Retry, pace: Pace, active: threading.Event) -> None:
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._retry, self._pace, self._active = retry, pace, active
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[tuple[int, int], asyncio.Future[str | None]] = {}
        self._ended = threading.Event()
        self._ending = asyncio.Event()
        self._workers = {kind: Workers(kind, run, THREADS.get(kind, OTHER_THREADS), self._done) for kind, run in handlers.items()}

    async def run(self) -> None:
        """Run jobs until `end`, or until something fails. Raises what psycopg and procrastinate raise."""
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        if self._ended.is_set():
            return
        pool = AsyncConnectionPool(
            self._conninfo, min_size=1, max_size=len(self._workers) + 1, configure=_configure, open=False, name="procrastinate"
        )
        try:
            await pool.open(wait=True, timeout=self._pace.heartbeat.total_seconds())
            app = self._app()
            await app.open_async(pool)
            await self._run([self._worker(app, kind) for kind in self._workers])
        finally:
            self._active.clear()
            await pool.close(timeout=1)

    def end(self) -> None:
        """Have `run` end soon; from any thread."""
        self._ended.set()
        self._in_loop(lambda: self._ending.set())

    def close(self) -> None:
        """Let the threads end, each after what it is doing, without waiting for it."""
        for workers in self._workers.values():
            workers.stop(0)

    async def _run(self, lanes: list[Worker]) -> None:
        running = [asyncio.create_task(lane.run()) for lane in lanes]
        ending = asyncio.create_task(self._ending.wait())
        self._active.set()
        await asyncio.wait([*running, ending], return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        for lane in lanes:
            lane.stop()
        for ended in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    def _worker(self, app: App, kind: str) -> Worker:
        return Worker(
            app,
            queues=[kind],
            name=kind,
            concurrency=self._workers[kind].threads,
            fetch_job_polling_interval=self._pace.poll.total_seconds(),
            update_heartbeat_interval=self._pace.heartbeat.total_seconds(),
            stalled_worker_timeout=self._pace.dead.total_seconds(),
            shutdown_graceful_timeout=self._pace.last_wait.total_seconds(),
            delete_jobs="successful",
            install_signal_handlers=False,
        )

    def _app(self) -> App:
        connector = PsycopgConnector()
        app = App(connector=connector)
        app.job_manager = _Jobs(connector, self._ending.set)
        for kind in self._workers:
            app.task(name=kind, pass_context=True, retry=_Again(self._retry))(self._runner(kind))
        return app

    def _runner(self, kind: str) -> Any:
        async def run(context: JobContext, **args: Any) -> None:
            job = context.job
            assert job.id is not None
            claim = Claim(job.id, kind, args, job.lock, job.attempts + 1)
            future = self._waiting[claim.id, claim.attempts] = asyncio.get_running_loop().create_future()
            self._workers[kind].hand(claim)
            if (error := await future) is not None:
                raise JobFailed(error)

        return run

    def _done(self, outcome: Outcome) -> None:
        """Tell the loop, from a handler's thread."""
        self._in_loop(lambda: self._settle(outcome))

    def _settle(self, outcome: Outcome) -> None:
        future = self._waiting.pop((outcome.claim.id, outcome.claim.attempts), None)
        if future is not None and not future.done():
            future.set_result(outcome.error)

    def _in_loop(self, function: Callable[[], None]) -> None:
        """Run something in the loop; one that was closed meanwhile no longer wants to know."""
        loop = self._loop
        with suppress(RuntimeError):
            if loop is not None:
                loop.call_soon_threadsafe(function)


class _Again(BaseRetryStrategy):
    """Our `Retry`. A job that waits for its next attempt yields to the later ones of its case by a lower priority: it
    would hold them up otherwise."""

    def __init__(self, retry: Retry) -> None:
        self._retry = retry

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """When to try again, or None."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()  # this process ends; another takes it up
        attempts = job.attempts + 1
        if attempts >= self._retry.attempts:
            return None
        pause = self._retry.pause * attempts**2
        return RetryDecision(retry_at=clock.real_now() + pause if pause else None, priority=job.priority - 1)


class _Jobs(JobManager):
    """procrastinate's, with two gaps closed through which a job would stay "doing" and its case blocked."""

    def __init__(self, connector: PsycopgConnector, begin_anew: Callable[[], None]) -> None:
        super().__init__(connector)
        self._begin_anew = begin_anew

    async def retry_job(self, job: Job, *args: Any, **kwargs: Any) -> None:
        """Let the job wait again, or delete it when a newer one with its key waits: two may not."""
        try:
            await super().retry_job(job, *args, **kwargs)
        except UniqueViolation:
            await self.finish_job(job, Status.FAILED, delete_job=True)
        except ConnectorException as failure:
            self._lost(failure)

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """Write down how the job ended."""
        try:
            await super().finish_job(job, status, delete_job)
        except ConnectorException as failure:
            self._lost(failure)

    def _lost(self, failure: ConnectorException) -> None:
        """When it could not be written down, leave as a worker, so that the job counts as a dead one's. A job that is
        no longer there was taken up by another worker, which had thought this one dead."""
        if isinstance(failure.__cause__, psycopg.OperationalError | psycopg.InterfaceError):
            self._begin_anew()


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    """One statement, one transaction; and no wait for the disk: a job's state that a crash of PostgreSQL forgets is at worst
    a job run again."""
    await connection.set_autocommit(True)
    await connection.execute("set synchronous_commit = off")
