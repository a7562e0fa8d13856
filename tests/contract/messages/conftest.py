"""A city in which it rains: processes that wait for signals and messages, and the queue's work done a job at a time."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from api.background import handlers_for
from api.due import Inline
from engine.actor import SYSTEM, Actor
from engine.history import expand
from engine.history.expand import HistoryStep
from engine.instances.models import Instance
from engine.jobs.dispatch import dispatch_due
from engine.runtime.engine import Engine
from engine.workitems.models import WorkItem
from tests.contract.engine.conftest import engine, publish, registry
from tests.fixtures.clocks import Clock

__all__ = ["engine", "publish", "registry"]
AGENT = Actor("agent1", frozenset({"agent"}))
BATCH = 100


class City:
    """An engine, and its background work run when the test says so."""

    def __init__(self, engine: Engine, sessions: sessionmaker[Session], clock: Clock) -> None:
        self.engine, self.sessions, self.clock = engine, sessions, clock
        self.database: Database = sessions.kw["bind"]
        self.queue = Inline()
        self.handlers = handlers_for(engine, self.database, self.queue)

    def start(self, key: str, case: str = "C1", **variables: Any) -> int:
        """Start an instance."""
        return self.engine.transact(SYSTEM, lambda work: work.start(key, case, {"case_no": case, **variables}))

    def complete(self, element: str, answers: Mapping[str, Any] | None = None) -> None:
        """Complete the only open task of an element."""
        with self.engine.read() as session:
            item = session.scalars(select(WorkItem).where(WorkItem.element_id == element, WorkItem.state == "open")).one()
        self.engine.transact(AGENT, lambda work: work.complete(item.instance_id, item.task_id, answers or {}))

    def dispatch(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The jobs of what is due now, up to `BATCH` of each kind; they do not run yet."""
        with self.sessions.begin() as session:
            dispatch_due(session, self.queue, self.clock.now, BATCH)
        return self.queue.take()

    def run(self) -> int:
        """Do all that is due; answers how many jobs that took."""
        done = 0
        while jobs := self.dispatch():
            for kind, args in jobs:
                self.handlers[kind](**args)
            done += len(jobs)
        return done

    def waiting(self) -> dict[str, int]:
        """How many people's tasks are open at each element."""
        with self.engine.read() as session:
            elements = list(session.scalars(select(WorkItem.element_id).where(WorkItem.state == "open")))
        return {element: elements.count(element) for element in sorted(set(elements))}

    def instances(self, key: str) -> list[Instance]:
        """The instances of a process."""
        with self.engine.read() as session:
            return list(session.scalars(select(Instance).where(Instance.process_key == key).order_by(Instance.id)))

    def history(self, case: str = "C1") -> list[HistoryStep]:
        """Everything that happened to a case."""
        with self.engine.read() as session:
            return expand.read(session, self.engine.specs, case).steps


@pytest.fixture
def city(engine: Engine, sessions: sessionmaker[Session], clock: Clock) -> City:
    """The city on both databases in turn."""
    return City(engine, sessions, clock)
