"""A walk through a diagram: what may be done, what was done, and what came of it, on either side."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Protocol

from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.spiff.specs.event_definitions import MessageEventDefinition, SignalEventDefinition
from SpiffWorkflow.util.task import TaskState

from engine import clock
from engine.context import Context
from engine.definitions.bundles import BundleSources
from engine.expressions import Expressions
from engine.spiff.scripting import ScriptEngine
from tests.differential import snapshots
from tests.differential.worlds import Arities, World

BEGINNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
STEPS = 300
"""Automatic steps after which a walk counts as an endless loop."""
LONGEST = 30
"""Acts of a walk."""

Act = list[Any]
"""`complete nth data`, `message nth name payload`, `signal nth name payload`, `fire nth` or `send kind name` (to whoever waits)."""


@dataclass(frozen=True)
class Case:
    """A diagram with what it is walked with."""

    name: str
    sources: BundleSources
    seed: str
    functions: Arities
    operations: list[str]
    variables: dict[str, Any] = field(default_factory=dict)

    @property
    def random(self) -> Random:
        """The dice of this walk."""
        return Random(f"{self.name}|{self.seed}")


@dataclass
class Outcome:
    """What came of one act: an error, the events that left the process, the operations called, and the tree."""

    error: str | None
    events: list[str]
    log: list[list[Any]]
    tree: list[snapshots.Row]


class Side(Protocol):
    """One way of running a workflow."""

    workflow: Any

    def advance(self) -> None:
        """Take every automatic step."""

    def settle(self) -> None:
        """What happens between two commands."""


def script_engine(world: World) -> ScriptEngine:
    """The script engine of both sides."""

    def context_of(task: Any) -> Context:
        element = getattr(task.task_spec, "bpmn_id", None) or task.task_spec.name
        return Context(None, clock.now(), None, None, 1, "", "C1", element, task.data, {}, {})  # type: ignore[arg-type]  # nothing here asks

    return ScriptEngine(Expressions(world.registry), world.registry, context_of)


class Walk:
    """A walk on one side. The clock stands, and moves on only to the timer that is fired."""

    def __init__(self, side: Side, world: World) -> None:
        self._side = side
        self._world = world
        self._now = BEGINNING

    @classmethod
    def started(cls, make: Callable[[], Side], world: World, variables: dict[str, Any]) -> "tuple[Walk | None, Outcome]":
        """A walk with its beginning done; none when the diagram is refused."""
        try:
            with clock.at(BEGINNING):
                walk = cls(make(), world)
        except Exception as problem:
            return None, Outcome(_told(problem), [], [], [])
        return walk, walk.begin(variables)

    def begin(self, variables: dict[str, Any]) -> Outcome:
        """Take the automatic steps after the start."""
        return self._done(lambda: self._side.workflow.task_tree.data.update(deepcopy(variables)))

    def perform(self, act: Act) -> Outcome:
        """Do one act and every automatic step after it."""
        self._world.act += 1
        kind, rest = act[0], act[1:]
        return self._done(lambda: getattr(self, f"_{kind}")(*rest))

    def _done(self, act: Any) -> Outcome:
        error = None
        with clock.at(self._now):
            try:
                act()
            except Exception as problem:
                error = _told(problem)
        with clock.at(self._now):
            try:
                if error is None:
                    self._side.advance()
            except Exception as problem:
                error = _told(problem)
            workflow = self._side.workflow
            events = [_event(one) for one in workflow.get_events()]
            if error is None:
                self._side.settle()
        log, self._world.log = self._world.log, []
        return Outcome(error, events, log, snapshots.rows(self._side.workflow))

    def _complete(self, nth: int, answers: dict[str, Any]) -> None:
        task = people(self._side.workflow)[nth]
        task.data.update(deepcopy(answers))
        task.run()

    def _message(self, nth: int, name: str, payload: dict[str, Any]) -> None:
        self._catch(nth, MessageEventDefinition(name), payload)

    def _signal(self, nth: int, name: str, payload: dict[str, Any]) -> None:
        self._catch(nth, SignalEventDefinition(name), payload)

    def _catch(self, nth: int, definition: Any, payload: dict[str, Any]) -> None:
        task = waiting(self._side.workflow)[nth]
        task.task_spec.catch(task, BpmnEvent(definition, payload=deepcopy(payload)))
        task.task_spec._update(task)

    def _fire(self, nth: int) -> None:
        task = waiting(self._side.workflow)[nth]
        moment = snapshots.due(task)
        assert moment is not None
        self._now = max(self._now, moment)
        with clock.at(moment + TICK):
            task.task_spec._update(task)

    def _send(self, kind: str, name: str) -> None:
        definition = MessageEventDefinition(name) if kind == "message" else SignalEventDefinition(name)
        self._side.workflow.send_event(BpmnEvent(definition, payload={"sent": name}))


def people(workflow: Any) -> list[Any]:
    """The tasks that wait for a person, in the tree's order."""
    return [task for _depth, task in snapshots.tasks(workflow) if task._state == TaskState.READY and task.task_spec.manual]


def waiting(workflow: Any) -> list[Any]:
    """The events that are waited for, in the tree's order."""
    found = (task for _depth, task in snapshots.tasks(workflow) if task._state == TaskState.WAITING)
    return [task for task in found if isinstance(task.task_spec, CatchingEvent)]


def choices(workflow: Any) -> list[Act]:
    """What may be done next; a timer only when none is due before it."""
    found: list[Act] = [["complete", nth, task.task_spec.bpmn_id] for nth, task in enumerate(people(workflow))]
    clocks = []
    for nth, task in enumerate(waiting(workflow)):
        moment = snapshots.due(task)
        if moment is not None:
            clocks.append((moment, nth))
        for definition in _definitions(task.task_spec.event_definition):
            if isinstance(definition, MessageEventDefinition | SignalEventDefinition):
                kind = "message" if isinstance(definition, MessageEventDefinition) else "signal"
                found.append([kind, nth, definition.name])
    return found + ([["fire", min(clocks)[1]]] if clocks else [])


def _definitions(definition: Any) -> Iterator[Any]:
    if isinstance(definition, MultipleEventDefinition):
        for inner in definition.event_definitions:
            yield from _definitions(inner)
    else:
        yield definition


def _told(problem: Exception) -> str:
    """An error without its numbers, which may be ids; of an endless loop only that it is one."""
    if type(problem).__name__ == "EndlessLoop":
        return "EndlessLoop"
    return f"{type(problem).__name__}: {re.sub(r'[0-9a-f-]{8,}|[0-9]+', '#', str(problem))[:200]}"


def _event(event: Any) -> str:
    definition = event.event_definition
    return f"{type(definition).__name__} {definition.name} {event.payload}"
