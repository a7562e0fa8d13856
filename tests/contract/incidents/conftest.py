"""A small workshop whose machine breaks: an engine on both databases, and an administrator who settles incidents."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from engine.actor import SYSTEM, Actor
from engine.context import Context
from engine.history import expand
from engine.history.expand import HistoryStep
from engine.instances.models import Instance
from engine.outbox import settling
from engine.outbox.models import Incident
from engine.runtime.engine import Engine
from engine.timers.firing import TimerFirer
from engine.timers.models import Timer
from engine.workitems.models import WorkItem
from tests.contract.engine.conftest import engine, publish, registry
from tests.fixtures.clocks import Clock

__all__ = ["engine", "publish", "registry"]
AGENT = Actor("agent1", frozenset({"agent"}))
ADMIN = Actor("admin", frozenset({"admin"}))


class Workshop:
    """An engine with one operation, `shop.work`, that fails while `broken` is set, and what people and clocks do to it."""

    def __init__(self, engine: Engine, sessions: sessionmaker[Session], clock: Clock) -> None:
        self.engine, self.sessions, self.clock = engine, sessions, clock
        self.database: Database = sessions.kw["bind"]
        self.broken: Exception | None = None
        self.worked = 0
        engine.registry.operation("shop.work")(self._work)

    def _work(self, context: Context) -> str:
        if self.broken is not None:
            raise self.broken
        self.worked += 1
        return "done"

    def start(self, key: str, case: str = "C1", **variables: Any) -> int:
        """Start an instance."""
        return self.engine.transact(SYSTEM, lambda work: work.start(key, case, {"case_no": case, **variables}))

    def complete(self, element: str, answers: Mapping[str, Any] | None = None, instance: int | None = None) -> None:
        """Complete the open task of an element, of one instance where there are several."""
        with self.engine.read() as session:
            query = select(WorkItem).where(WorkItem.element_id == element, WorkItem.state == "open")
            query = query if instance is None else query.where(WorkItem.instance_id == instance)
            item = session.scalars(query).one()
        self.engine.transact(AGENT, lambda work: work.complete(item.instance_id, item.task_id, answers or {}))

    def tick(self) -> None:
        """Fire what is due, as the queue does."""
        while due := self._due():
            for timer in due:
                TimerFirer(self.engine)([(timer.instance_id, timer.task_id, timer.due_at.isoformat())])

    def _due(self) -> list[Timer]:
        with self.engine.read() as session:
            query = select(Timer).where(Timer.state == "waiting", Timer.due_at <= self.clock.now).order_by(Timer.due_at)
            return list(session.scalars(query))

    def waiting(self) -> set[str]:
        """The elements at which people are waited for."""
        with self.engine.read() as session:
            return set(session.scalars(select(WorkItem.element_id).where(WorkItem.state == "open")))

    def incident(self) -> Incident:
        """The only incident."""
        with self.engine.read() as session:
            return session.scalars(select(Incident)).one()

    def incidents(self) -> list[Incident]:
        """All incidents, oldest first."""
        with self.engine.read() as session:
            return list(session.scalars(select(Incident).order_by(Incident.id)))

    def settle(self, action: str, reason: str = "机器修好了", incident_id: int | None = None, *, whole_case: bool = False) -> Incident:
        """What an administrator does about the only incident, or a named one."""
        number = incident_id or self.incident().id
        return self.engine.transact(ADMIN, lambda work: settling.settle(work, number, action, reason, whole_case=whole_case))

    def instance(self, instance_id: int) -> Instance:
        """An instance's row."""
        with self.engine.read() as session:
            return session.get_one(Instance, instance_id)

    def history(self, case: str = "C1") -> list[HistoryStep]:
        """Everything that happened to a case."""
        with self.engine.read() as session:
            return expand.read(session, self.engine.specs, case).steps


@pytest.fixture
def shop(engine: Engine, sessions: sessionmaker[Session], clock: Clock) -> Workshop:
    """The workshop on both databases in turn."""
    return Workshop(engine, sessions, clock)
