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

from engine.spiff.lean import Change
from engine.spiff.specs import SpecBundle

Step = list[Any]
LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED


def of(journal: list[Change], bundle: SpecBundle) -> list[Step]:
    """The steps of a journal, in order. A task that begins to wait and one that ends are a step each; an automatic
    element that is entered and left at once is only `completed`. The first step of an entered element has the flow."""
    steps: list[Step] = []
    untold: dict[Any, bool] = {}
    keys: dict[Any, str] = {}
    for task, old, new in journal:
        element = task.task_spec.element
        if element is None:
            continue
        new_here = untold.setdefault(task.id, old < TaskState.WAITING)
        kind = _kind(task, old, new)
        if kind is None:
            continue
        workflow = task.workflow
        key = keys.get(workflow)
        if key is None:
            key = keys[workflow] = bundle.definition_of(task)
        flow = None
        if new_here:
            flow = _flow_into(task, element, bundle.flows[key])
            untold[task.id] = False
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
    tasks = task.workflow.tasks
    above = tasks.get(task._parent)
    while above is not None:
        source = above.task_spec.element
        if source is not None and source != element:
            return flows.get((source, element))
        above = tasks.get(above._parent)
    return None
