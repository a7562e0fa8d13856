"""The engine: the one way through for every command, and the read-only way for every question."""

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Engine as DatabaseEngine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from engine import chance, clock
from engine.actor import Actor
from engine.db import transaction
from engine.errors import Conflict, NotFound, StepFailed, VersionConflict
from engine.expressions import Expressions
from engine.instances import store
from engine.instances.models import LIVE
from engine.outbox import incidents
from engine.outbox.origin import Origin
from engine.registry import Registry
from engine.runtime import kept as kept_instances
from engine.runtime.forms import TaskForm, task_form
from engine.runtime.kept import KeptInstances
from engine.runtime.live import LiveInstance, Surroundings
from engine.runtime.work import Work
from engine.spiff.specs import SpecCache
from engine.workitems.models import OPEN

T = TypeVar("T")
ATTEMPTS = 6
"""How often a command is tried when another one moved the same instance first."""
TRACE = 8_000
"""Characters of a trace that an incident keeps for operators."""
MANY_AT_ONCE = "许多人同时在办这件事，请稍后再试。 Many people act on this at the same moment; try again shortly."
PAUSE = 0.02
"""Seconds; the longest random pause before the first further attempt, doubled each time."""


class Engine:
    """Runs commands on a database with a registry's vocabulary."""

    def __init__(self, sessions: sessionmaker[Session], registry: Registry, kept: int = kept_instances.MOST) -> None:
        """`kept` is how many instances stay decoded in memory between their commands; with 0 every command decodes its own."""
        self.registry = registry
        self.expressions = Expressions(registry)
        self.specs = SpecCache()
        self.kept = KeptInstances(kept)
        self.conflicts = 0
        """How many commands had to be tried again since the process began."""
        self._sessions = sessions
        bind = sessions.kw["bind"]
        assert isinstance(bind, DatabaseEngine)
        self._database = bind
        self._readonly = bind.execution_options(read_only=True, postgresql_readonly=True)

    def transact(self, actor: Actor, command: Callable[[Work], T], *, reported: bool = True) -> T:
        """Run a command in one transaction and commit it, or nothing of it (decision 3 of `engine.md`).

        A version conflict is tried again. A failed step leaves an incident, written in a transaction of its own,
        and raises `StepFailed` with its number in `details["incident"]`; one that is not `reported` leaves none.
        """
        for attempt in range(ATTEMPTS):
            try:
                # the clock stands still inside a command, so that what it sets is due exactly when it says
                with clock.at(clock.now()), transaction(self._database) as session:
                    work = Work(session, actor, self.registry, self.expressions, self.specs, self.kept)
                    result = command(work)
                    work.finish()
                work.keep()
                return result
            except StepFailed as failure:
                if reported:
                    self.report(failure, work.origin)
                raise
            except (VersionConflict, DBAPIError) as conflict:
                if not _passing(conflict):
                    raise
                self.note_conflict()
                if attempt == ATTEMPTS - 1:
                    raise VersionConflict(MANY_AT_ONCE) from conflict
                time.sleep(chance.between(0, PAUSE * 2**attempt))
        raise VersionConflict()

    def note_conflict(self) -> None:
        """Count a command that has to be tried again."""
        self.conflicts += 1

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state and cannot write."""
        with transaction(self._readonly) as session:
            yield session

    def task_form(self, session: Session, actor: Actor, instance_id: int, task_id: int) -> tuple[Any, TaskForm]:
        """An open task's row (columns `item_…`) and its form for a person. Raises `NotFound`, or `Conflict` when it is over."""
        row = store.with_item(session.connection(), instance_id, task_id)
        if row is None:
            raise NotFound("没有这个任务。 There is no such task.")
        live = self._look(session, actor, row) if row.item_state == OPEN and row.status == LIVE else None
        task = None if live is None else live.flow.find(task_id)
        if live is None or task is None:
            raise Conflict("任务已经办结或取消。 The task is already done or cancelled.", state=row.item_state)
        form = task_form(live, task, row.item_form_key)
        self.kept.put(live.id, live.standing())  # who looks at a task's form is about to complete it
        return row, form

    def look(self, session: Session, actor: Actor, instance_id: int) -> LiveInstance | None:
        """An instance as it stands, for reading; None when it has ended (its state lives in the history). Raises `NotFound`."""
        row = store.by_id(session.connection(), instance_id)
        if row is None:
            raise NotFound("没有这个流程实例。 There is no such process instance.")
        return self._look(session, actor, row) if row.status == LIVE else None

    def _look(self, session: Session, actor: Actor, row: Any) -> LiveInstance:
        work = Work(session, actor, self.registry, self.expressions, self.specs, self.kept)
        around = Surroundings(session, clock.now(), actor, work, self.registry, self.expressions)
        whose = {"instance_id": row.id, "business_key": row.business_key, "process_key": row.process_key}
        live = LiveInstance(around, self.specs.get(session, row.bundle_id, **whose), row.id, row.business_key)
        live.restore(row, self.kept.take(row.id, row.version, bytes(row.last_hash)))
        return live

    def report(self, failure: StepFailed, origin: Origin) -> StepFailed:
        """Record an incident for a failure, which gets its number in `details["incident"]`."""
        known = failure.details
        failure.origin = origin
        with self._sessions.begin() as session:
            incident = incidents.report(
                session,
                "step",
                failure,
                clock.now(),
                business_key=known.get("business_key", ""),
                instance_id=known.get("instance_id"),
                element_id=known.get("element_id"),
                place=known.get("process_key", ""),
                skippable=known.pop("skippable", False),
                origin=origin,
                trace="".join(traceback.format_exception(failure))[-TRACE:],
            )
            known["incident"] = str(incident.id)
        return failure


def _passing(error: Exception) -> bool:
    """Whether trying again may help: a conflict of versions or ids, a deadlock, a busy database."""
    if isinstance(error, VersionConflict | IntegrityError):
        return isinstance(error, VersionConflict) or "instance" in str(error.orig)
    text = str(getattr(error, "orig", error))
    return any(word in text for word in ("database is locked", "deadlock detected", "could not serialize"))
