"""Daemon threads that run handlers: a slow receiver of one kind never holds up the work of another."""

import queue
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from engine.errors import BihuanError
from engine.jobs.claims import Claim, Outcome
from engine.jobs.port import FIRE_TIMER, Handler
from engine.jobs.stages import staged

log = structlog.get_logger(__name__)

THREADS: Mapping[str, int] = {FIRE_TIMER: 1}
"""One thread fires timers, so that they fire in due order; other kinds have `OTHER_THREADS` each."""
OTHER_THREADS = 4
LAST_WAIT = timedelta(seconds=6)
"""How long a queue that ends waits for running handlers: `serve` must end within 10 s of SIGTERM."""


class Workers:
    """The threads of one kind of job. Daemons, so that a process told to end does not wait for a hanging receiver."""

    def __init__(self, kind: str, handler: Handler, threads: int, done: Callable[[Outcome], None]) -> None:
        self.threads = threads
        self.running = 0
        """Jobs handed in and not yet settled; only the runner's own thread counts it."""
        self._handler, self._staged = handler, staged(handler)
        self._done = done
        self._claims: queue.SimpleQueue[Claim | None] = queue.SimpleQueue()
        self._members = [threading.Thread(target=self._work, name=f"{kind}-{number}", daemon=True) for number in range(threads)]
        for member in self._members:
            member.start()

    @property
    def room(self) -> int:
        """How many more jobs would start at once."""
        return self.threads - self.running

    def hand(self, claim: Claim) -> None:
        """Have a claimed job run."""
        self.running += 1
        self._claims.put(claim)

    def stop(self, seconds: float) -> None:
        """Let the threads end after their present job, waiting at most so long for each."""
        for _ in self._members:
            self._claims.put(None)
        for member in self._members:
            member.join(seconds)

    def _work(self) -> None:
        while (claim := self._claims.get()) is not None:
            self._done(self._run(claim))

    def _run(self, claim: Claim) -> Outcome:
        try:
            if self._staged is not None and claim.begun is not None:
                return Outcome(claim, None, self._staged.run(claim.begun))
            self._handler(**claim.args)
        except Exception as failure:  # a handler's bug must not end the thread
            log.exception("job failed", kind=claim.kind, job=claim.id, attempts=claim.attempts)
            return Outcome(claim, _cause(failure))
        return Outcome(claim, None)


def _cause(failure: Exception) -> str:
    """What may be kept in clear: our own errors' text; a foreign one's may quote a person's data and goes to the log alone."""
    return f"{type(failure).__name__}: {failure.message}" if isinstance(failure, BihuanError) else type(failure).__name__
