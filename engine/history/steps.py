"""From the state changes of a command to the steps that history keeps and replay shows.

A step is `[type, element, flow, definition, data]` with trailing nulls left out. Types of elements' steps:
`entered` (a sub-process or called process begins), `waiting` (a user task, timer or message is waited for),
`completed`, `cancelled`, `failed`. A command's own steps stand before those of the elements they caused: `start complete
timer message claim release delegate callback …`.
"""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.specs import SpecBundle, element_of
from engine.spiff.workflow import Change

Step = list[Any]
LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED


def of(journal: list[Change], bundle: SpecBundle) -> list[Step]:
    """The steps of a journal, in order. A task that begins to wait and one that ends are a step each; an automatic
    element that is entered and left at once is only `completed`. The first step of an entered element has the flow."""
    first_state: dict[Any, int] = {}
    for task, old, _new in journal:
        first_state.setdefault(task.id, old)
    steps: list[Step] = []
    told: set[Any] = set()
    for task, old, new in journal:
        element = element_of(task)
        kind = None if element is None else _kind(task, old, new)
        if kind is None or element is None:
            continue
        key = bundle.definition_of(task)
        flow = None
        if task.id not in told and first_state[task.id] < TaskState.WAITING:
            flow = _flow_into(task, element, bundle.flows[key])
        told.add(task.id)
        steps.append(step(kind, element, flow, None if key == bundle.process_key else key))
    return steps


def step(kind: str, element: str | None = None, flow: str | None = None, definition: str | None = None, data: Any = None) -> Step:
    """A packed step; `definition` only where it is another process than the instance's own."""
    packed = [kind, element, flow, definition, data]
    while packed[-1] is None:
        packed.pop()
    return packed


def unpack(packed: Step) -> tuple[str, str | None, str | None, str | None, Any]:
    """Type, element, flow, definition and data of a packed step."""
    kind, element, flow, definition, data = (packed + [None] * 4)[:5]
    return kind, element, flow, definition, data


def _kind(task: Task, old: int, new: int) -> str | None:
    if new == TaskState.COMPLETED:
        return "completed"
    if new == TaskState.WAITING:
        return "waiting" if old < TaskState.WAITING else None
    if new == TaskState.READY:
        return "waiting" if task.task_spec.manual and old < TaskState.READY else None
    if new == TaskState.STARTED:
        return "entered" if old < TaskState.STARTED else None
    if new == TaskState.CANCELLED:
        return "cancelled" if old & LIVE and not isinstance(task.task_spec, UnstructuredJoin) else None
    return "failed" if new == TaskState.ERROR else None


def _flow_into(task: Task, element: str, flows: Mapping[tuple[str, str], str]) -> str | None:
    """The sequence flow by which a token came, found from the nearest drawn element before it; a boundary event has none."""
    parent = task.parent
    while parent is not None:
        source = element_of(parent)
        if source is not None and source != element:
            return flows.get((source, element))
        parent = parent.parent
    return None
