"""Running what comes due in this thread, in due order, through the handlers that the queue runs: for the test clock and the demo city."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from engine import clock
from engine.jobs.dispatch import dispatch_due, next_due
from engine.jobs.port import FIRE_TIMER, Handler, JobQueue

BATCH = 500
HandlersFor = Callable[[JobQueue], Mapping[str, Handler]]


@dataclass(slots=True)
class Inline:
    """A `JobQueue` that keeps the jobs for its owner to run at once, in the order in which they were put."""

    jobs: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def put(self, session: Session, kind: str, args: Mapping[str, Any], *, case_id: str | None = None, key: str | None = None) -> None:
        """Keep a job."""
        self.jobs.append((kind, dict(args)))

    def start(self, handlers: Mapping[str, Handler]) -> None:
        """Nothing runs by itself here."""

    def stop(self) -> None:
        """Nothing runs by itself here."""

    def take(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The jobs so far, which are no longer kept."""
        taken, self.jobs = self.jobs, []
        return taken


class Due:
    """The waiting timers and deliveries of a database."""

    def __init__(self, sessions: sessionmaker[Session], handlers_for: HandlersFor) -> None:
        self._sessions = sessions
        self._queue = Inline()
        self._handlers = handlers_for(self._queue)

    def next(self, until: datetime) -> datetime | None:
        """The earliest due time that is not later than `until`."""
        with self._sessions() as session:
            moment = next_due(session)
        return moment if moment is not None and moment <= until else None

    def run(self, moment: datetime, with_it: Callable[[Session], None] | None = None) -> int:
        """Run what is due at `moment`, with the clock standing there for this thread; answers how many timers fired.

        `with_it` writes something in the transaction that takes the rows.
        """
        fired = 0
        with clock.at(moment):
            with self._sessions.begin() as session:
                dispatch_due(session, self._queue, moment, BATCH)
                if with_it is not None:
                    with_it(session)
            while jobs := self._queue.take():
                for kind, args in jobs:
                    self._handlers[kind](**args)
                    fired += len(args["timers"]) if kind == FIRE_TIMER else 0
        return fired
