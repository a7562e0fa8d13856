"""The background work without its threads: the next due job is picked by a seed, and a run can be had again.

Jobs go through the embedded queue's own table and transactions (put, claim, settle, take up again after a death); only
who takes which next is decided by dice here and by the scheduler of the operating system there.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from api.product import Product
from engine.db import transaction
from engine.jobs import claims, stages
from engine.jobs.claims import Claim, Outcome, Retry
from engine.jobs.dispatch import next_due
from engine.jobs.local import LocalQueue
from engine.jobs.workers import OTHER_THREADS, THREADS

RETRY = Retry()


class Runner:
    """The background work of one process."""

    def __init__(self, product: Product, dice: Random, before_each: Callable[[], None] | None = None) -> None:
        assert isinstance(product.queue, LocalQueue)
        self._product, self._queue, self._dice = product, product.queue, dice
        self._before_each = before_each or (lambda: None)
        self._hands: list[Claim] = []
        self._ended: list[Outcome] = []

    def start(self) -> None:
        """Take up what a process before this one was doing when it died."""
        with Session(self._product.database) as session, session.begin():
            claims.take_up_again(session)

    def next_due(self) -> datetime | None:
        """When the next timer or delivery is due."""
        with self._product.engine.read() as session:
            return next_due(session)

    def work(self) -> None:
        """Do everything that is due now, in some order that the queue allows."""
        self._queue.dispatch()
        while self._turn():
            self._queue.dispatch()

    def _turn(self) -> bool:
        with transaction(self._product.database) as session:
            self._hands += stages.turn(session, self._product.handlers, self._ended, self._rooms(), RETRY)
        self._ended.clear()
        if not self._hands:
            return False
        job = self._hands.pop(self._dice.randrange(len(self._hands)))
        self._before_each()
        self._ended.append(self._run(job))
        return True

    def _run(self, job: Claim) -> Outcome:
        handler = self._product.handlers[job.kind]
        staged = stages.staged(handler)
        try:
            if staged is not None and job.begun is not None:
                return Outcome(job, None, staged.run(job.begun))
            handler(**job.args)
        except Exception as failure:  # as the queue's own threads do: a handler's failure is written down
            return Outcome(job, type(failure).__name__)
        return Outcome(job, None)

    def _rooms(self) -> Mapping[str, int]:
        held = [job.kind for job in self._hands]
        return {kind: THREADS.get(kind, OTHER_THREADS) - held.count(kind) for kind in self._product.handlers}
