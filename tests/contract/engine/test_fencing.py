"""Two holders of one instance cannot both commit, and a message and its catch cannot miss each other, however they are timed."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from engine.actor import SYSTEM, Actor
from engine.errors import Conflict, VersionConflict
from engine.history.models import History
from engine.history.verify import verify
from engine.instances.models import Instance
from engine.messages.models import InboxMessage
from engine.registry import Registry
from engine.runtime.engine import ATTEMPTS, Engine
from engine.runtime.work import Work
from engine.workitems.models import WorkItem
from tests.contract.engine import diagrams as draw
from tests.contract.engine.conftest import Publish

AGENT = Actor("agent1", frozenset({"agent"}))
OTHER = Actor("agent2", frozenset({"agent"}))
PATIENCE = 20.0
LONG_ENOUGH = 1.0
"""Seconds in which a command is over that nothing holds up."""
SIDE_BY_SIDE = draw.document(
    "beside",
    draw.start() + '<bpmn:parallelGateway id="split"/>' + draw.user("first") + draw.user("second") + draw.end("e1") + draw.end("e2"),
    "begin>split; split>first; split>second; first>e1; second>e2",
)


class Held:
    """A command on a thread of its own that stops in its middle until it is let go."""

    def __init__(self, command: Callable[[], Any]) -> None:
        self.reached, self.let_go = threading.Event(), threading.Event()
        self.stops = 0
        self.outcome: Any = None
        context = copy_context()
        self._thread = threading.Thread(target=lambda: context.run(self._run, command))

    def _run(self, command: Callable[[], Any]) -> None:
        try:
            self.outcome = command()
        except Exception as error:
            self.outcome = error

    def middle(self) -> None:
        """The place at which the command stops, the first time it comes there."""
        self.stops += 1
        self.reached.set()
        assert self.let_go.wait(PATIENCE)

    def start(self) -> None:
        """Begin, and answer when the middle is reached."""
        self._thread.start()
        assert self.reached.wait(PATIENCE)

    def end(self) -> Any:
        """Let it go on to its end; what came of it."""
        self.let_go.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return self.outcome


@pytest.fixture
def optimist(registry: Registry, database: Database) -> Engine:
    """An engine that takes no lock before it writes: PostgreSQL's way, and SQLite's when a process does not ask for the lock
    at once, so that two commands may stand between their read and their write."""
    return Engine(sessionmaker(database.execution_options(read_only=True), expire_on_commit=False), registry)


@pytest.fixture
def items(engine: Engine, publish: Publish) -> dict[str, tuple[int, int]]:
    """The open tasks of one instance, by element."""
    publish("beside", SIDE_BY_SIDE)
    engine.transact(SYSTEM, lambda work: work.start("beside", "C1", {}))
    with engine.read() as session:
        return {item.element_id: (item.instance_id, item.task_id) for item in session.scalars(select(WorkItem))}


def done(engine: Engine) -> list[tuple[int, str | None, str]]:
    """The history: number, element, by whom."""
    with engine.read() as session:
        assert verify(session).bad == []
        return [(row.seq, row.element_id, row.actor) for row in session.scalars(select(History).order_by(History.seq))]


def completing(engine: Engine, task: tuple[int, int]) -> Held:
    """The agent's command that completes a task and stops before it commits."""

    def command(work: Work) -> None:
        work.complete(*task, {})
        held.middle()

    held = Held(lambda: engine.transact(AGENT, command))
    held.start()
    return held


def test_of_two_commands_on_one_instance_the_later_is_refused_tried_again_and_counted(
    engine: Engine, optimist: Engine, items: dict[str, tuple[int, int]]
) -> None:
    held = completing(optimist, items["first"])
    engine.transact(OTHER, lambda work: work.complete(*items["second"], {}))
    assert held.end() is None
    assert (held.stops, optimist.conflicts, engine.conflicts) == (2, 1, 0)
    assert done(engine) == [(1, None, "system"), (2, "second", "agent2"), (3, "first", "agent1")]


def test_who_comes_second_to_the_same_task_is_told_who_was_first(
    engine: Engine, optimist: Engine, items: dict[str, tuple[int, int]]
) -> None:
    held = completing(optimist, items["first"])
    engine.transact(OTHER, lambda work: work.complete(*items["first"], {}))
    refusal = held.end()
    assert isinstance(refusal, Conflict)
    assert refusal.details == {"state": "done", "claimed_by": "agent2"}
    assert [(element, actor) for _seq, element, actor in done(engine)] == [(None, "system"), ("first", "agent2")]


def test_a_claim_is_fenced_as_well(engine: Engine, optimist: Engine, items: dict[str, tuple[int, int]]) -> None:
    def command(work: Work) -> None:
        work.session.scalars(select(Instance)).all()
        held.middle()
        work.claim(*items["first"])

    held = Held(lambda: optimist.transact(AGENT, command))
    held.start()
    engine.transact(OTHER, lambda work: work.claim(*items["first"]))
    refusal = held.end()
    assert isinstance(refusal, Conflict)
    assert refusal.details["claimed_by"] == "agent2"


def test_who_is_overtaken_every_time_is_told_so_and_nothing_of_a_lock(
    engine: Engine, optimist: Engine, items: dict[str, tuple[int, int]]
) -> None:
    def command(work: Work) -> None:
        work.complete(*items["first"], {})
        overtaken = threading.Thread(target=lambda: engine.transact(OTHER, lambda other: other.record(items["first"][0], "progress", {})))
        overtaken.start()
        overtaken.join(PATIENCE)

    with pytest.raises(VersionConflict) as refusal:
        optimist.transact(AGENT, command)
    assert optimist.conflicts == ATTEMPTS
    assert "lock" not in refusal.value.message


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_on_sqlite_a_command_holds_the_write_lock_from_its_beginning(engine: Engine, items: dict[str, tuple[int, int]]) -> None:
    held = completing(engine, items["first"])
    second = threading.Thread(target=lambda: engine.transact(OTHER, lambda work: work.complete(*items["second"], {})))
    second.start()
    assert held.end() is None
    second.join(PATIENCE)
    assert (held.stops, engine.conflicts) == (1, 0)
    assert [element for _seq, element, _actor in done(engine)] == [None, "first", "second"]


class TestAMessageAndItsCatch:
    """One is thrown while the other comes about: whichever was first, they meet."""

    @pytest.fixture
    def waiting(self, engine: Engine, publish: Publish) -> dict[str, tuple[int, int]]:
        """The open task before a catch, and one of another case."""
        body = draw.start() + draw.user("before") + draw.catch("catch", draw.awaited("Go")) + draw.user("after") + draw.end()
        publish("waits", draw.document("waits", body, "begin>before; before>catch; catch>after; after>finish", messages="Go"))
        for case in ("C1", "C2"):
            engine.transact(SYSTEM, lambda work, case=case: work.start("waits", case, {"case_no": case}))  # type: ignore[misc]  # mypy infers no default of a lambda
        with engine.read() as session:
            return {item.business_key: (item.instance_id, item.task_id) for item in session.scalars(select(WorkItem))}

    @staticmethod
    def met(engine: Engine) -> None:
        """The message has reached its catch and lies nowhere else."""
        with engine.read() as session:
            opened = select(WorkItem.element_id).where(WorkItem.business_key == "C1", WorkItem.state == "open")
            assert session.scalars(opened).all() == ["after"]
            assert session.scalars(select(InboxMessage)).all() == []

    def test_thrown_while_somebody_begins_to_wait(self, engine: Engine, waiting: dict[str, tuple[int, int]]) -> None:
        held = completing(engine, waiting["C1"])
        thrower = threading.Thread(target=lambda: engine.transact(SYSTEM, lambda work: work.throw("Go", {"case_no": "C1"})))
        thrower.start()
        thrower.join(LONG_ENOUGH)
        assert held.end() is None
        thrower.join(PATIENCE)
        self.met(engine)

    def test_waited_for_while_it_is_thrown(self, engine: Engine, waiting: dict[str, tuple[int, int]]) -> None:
        def throw(work: Work) -> None:
            work.throw("Go", {"case_no": "C1"})
            work.complete(*waiting["C2"], {})  # carries out what was thrown
            held.middle()

        held = Held(lambda: engine.transact(AGENT, throw))
        held.start()
        catcher = threading.Thread(target=lambda: engine.transact(AGENT, lambda work: work.complete(*waiting["C1"], {})))
        catcher.start()
        catcher.join(LONG_ENOUGH)
        held.end()
        catcher.join(PATIENCE)
        self.met(engine)
