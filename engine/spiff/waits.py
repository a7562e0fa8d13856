"""What an instance waits for: people, clocks and messages, read off its live tasks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import SignalEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.definitions.starts import SIGNAL
from engine.errors import StepFailed
from engine.spiff.passing import ASIDE
from engine.spiff.workflow import Flow

SUBSCRIBED = "subscribed"
"""Key in a waiting task's internal data: the correlations it waits for, evaluated once on entry."""


class NoCorrelation(StepFailed):
    """消息捕获事件没有关联键。 A message catch names no correlation; give it one in the diagram."""

    code = "no-correlation"


@dataclass(frozen=True, slots=True)
class Awaited:
    """A message that a task waits for, correlated by `key=value`, or a signal (`signal:<name>`)."""

    task_id: int
    message: str
    correlation: str


@dataclass(frozen=True, slots=True)
class Waits:
    """Everything an instance waits for: task ids of people's tasks, due times by task id, awaited messages."""

    people: frozenset[int]
    clocks: dict[int, datetime]
    messages: frozenset[Awaited]


def read(flow: Flow) -> Waits:
    """Read what a workflow waits for between two steps; completes the correlations of new catches."""
    people: set[int] = set()
    clocks: dict[int, datetime] = {}
    messages: set[Awaited] = set()
    for task in flow.live.values():
        if task._state == TaskState.READY and task.task_spec.manual:
            people.add(task.id)
        elif task._state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            due = due_of(task)
            if due is not None:
                clocks[task.id] = due
            messages.update(Awaited(task.id, name, correlation) for name, correlation in _subscribed(task))
    return Waits(frozenset(people), clocks, frozenset(messages))


def due_of(task: Task) -> datetime | None:
    """When a waiting task's timer is due (aware, UTC), None when it has none, its cycle is used up or it is set aside."""
    value = task.internal_data.get("event_value")
    if ASIDE in task.internal_data:
        return None
    if isinstance(value, dict):
        value = value["next"] if value["cycles"] != 0 else None
    return None if value is None else _moment(value)


@lru_cache(maxsize=4_096)
def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _subscribed(task: Task) -> list[list[str]]:
    known: list[list[str]] | None = task.internal_data.get(SUBSCRIBED)
    if known is None:
        known = [_awaited(task, definition) for definition in _messages(task.task_spec.event_definition)]
        if known:
            task.internal_data[SUBSCRIBED] = known
    return known


def _awaited(task: Task, definition: Any) -> list[str]:
    if isinstance(definition, SignalEventDefinition):
        return [f"{SIGNAL}{definition.name}", ""]
    return [definition.name, _correlation(task, definition)]


def _messages(definition: Any) -> Iterator[Any]:
    if isinstance(definition, MessageEventDefinition | SignalEventDefinition):
        yield definition
    elif isinstance(definition, MultipleEventDefinition):
        for inner in definition.event_definitions:
            yield from _messages(inner)


def _correlation(task: Task, definition: Any) -> str:
    for prop in definition.process_correlations:
        value = task.workflow.script_engine.evaluate(task, prop.retrieval_expression)
        return correlate(prop.name, value)
    raise NoCorrelation(f"{NoCorrelation.__doc__} ({definition.name})")


def correlate(key: str, value: Any) -> str:
    """The stored form of a correlation, at most 160 characters."""
    return f"{key}={value}"[:160]
