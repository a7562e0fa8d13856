"""The compact state of an instance: its task tree and data, without its specs.

A blob is JSON (orjson): `[format, next task id, top, subs]`, where `top` and each of `subs` is a workflow
`[parent task, spec name, flags, data, last task, tasks]` and a task is `[id, parent, spec, state, triggered, internal, set, unset]`
with trailing zeros left out: `spec` is the number of its task spec in the bundle, `set` and `unset` are how its data
differs from its parent's. Finished sub-workflows are left out, only the history needs them.
"""

from typing import Any

import orjson
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.spiff.patches import Numbering
from engine.spiff.specs import SpecBundle
from engine.spiff.workflow import Flow, SubFlow

FORMAT = 1
SEEN = "seen_events"
"""Event objects that an event-based gateway keeps only while it runs."""
LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


def encode(flow: Flow, bundle: SpecBundle, numbers: Numbering) -> bytes:
    """The blob of an instance between two commands."""
    subs = []
    for task_id, sub in flow.subprocesses.items():
        parent = flow.find(task_id)
        if parent is not None and not (sub.completed and parent.has_state(TaskState.FINISHED_MASK)):
            subs.append(_workflow(sub, bundle, task_id, parent.data))
    return orjson.dumps([FORMAT, numbers.next, _workflow(flow, bundle, 0, {}), subs])


def encode_ended(flow: Flow) -> bytes:
    """What stays of an instance that has ended: its process data, without the tree."""
    return orjson.dumps(flow.data)


def ended_variables(blob: bytes) -> dict[str, Any]:
    """The process data of an ended instance."""
    variables: dict[str, Any] = orjson.loads(blob)
    return variables


def _workflow(workflow: Any, bundle: SpecBundle, parent_task: int, base: dict[str, Any]) -> list[Any]:
    index = bundle.index[workflow.spec.name]
    rows: list[list[Any]] = []
    pending = [(workflow.task_tree, base)]
    while pending:
        task, inherited = pending.pop()
        row = [task.id, task._parent or 0, index[task.task_spec.name], task._state]
        changed, removed = ({}, []) if _bare(task) else _difference(task.data, inherited)
        internal = {key: value for key, value in task.internal_data.items() if key != SEEN}
        rest = [1 if task.triggered else 0, internal or 0, changed or 0, removed or 0]
        while rest and not rest[-1]:
            rest.pop()
        rows.append(row + rest)
        tasks = workflow.tasks
        pending.extend((tasks[child], task.data) for child in reversed(task._children))
    flags = (1 if workflow.completed else 0) | (2 if workflow.success else 0)
    last = workflow.last_task.id if workflow.last_task is not None else 0
    return [parent_task, workflow.spec.name, flags, workflow.data or 0, last, rows]


def _bare(task: Task) -> bool:
    """Whether a task has no data worth keeping: it was only predicted, or it is cancelled."""
    return (task._state < TaskState.WAITING and not task.data) or task._state == TaskState.CANCELLED


def _difference(data: dict[str, Any], base: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    if data is base or (not data and not base):
        return {}, []
    changed = {key: value for key, value in data.items() if key not in base or (base[key] is not value and base[key] != value)}
    return changed, [key for key in base if key not in data]


def decode(blob: bytes, bundle: SpecBundle, script_engine: Any) -> tuple[Flow, Numbering]:
    """The instance of a blob, on the bundle it was encoded with. Raises `ValueError` for an unknown format."""
    form, next_id, top, subs = orjson.loads(blob)
    if form != FORMAT:
        raise ValueError(f"unknown state format {form}")
    flow = Flow(bundle.spec, bundle.subs, script_engine=script_engine, deserializing=True)
    _restore(flow, top, bundle, {})
    for row in subs:
        parent = flow.find(row[0])
        if parent is None:
            raise ValueError(f"the sub-workflow of task {row[0]} has lost its task")
        sub = SubFlow(bundle.subs[row[1]], parent_task_id=row[0], top_workflow=flow, deserializing=True)
        flow.subprocesses[row[0]] = sub
        _restore(sub, row, bundle, parent.data)
        sub.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
    return flow, Numbering(next_id)


def _restore(workflow: Any, row: list[Any], bundle: SpecBundle, base: dict[str, Any]) -> None:
    _parent_task, name, flags, data, last, rows = row
    workflow.completed = bool(flags & 1)
    workflow.success = bool(flags & 2)
    workflow.data = data or {}
    specs = bundle.names[name]
    waiting = workflow.top_workflow.event_manager.tasks
    for task_row in rows:
        task = _task(workflow, task_row, specs, base)
        if task._state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            waiting[task.id] = task
    workflow.task_tree = workflow.tasks[rows[0][0]]
    workflow.last_task = workflow.tasks.get(last)


_NOTHING = [0, 0, 0, 0]


def _task(workflow: Any, row: list[Any], specs: list[Any], base: dict[str, Any]) -> Task:
    task = Task.__new__(Task)
    triggered, internal, changed, removed = (row + _NOTHING)[4:8]
    parent = workflow.tasks.get(row[1])
    inherited = base if parent is None else parent.data
    task.__dict__.update(
        id=row[0],
        workflow=workflow,
        _parent=row[1] or None,
        _children=[],
        _state=row[3],
        triggered=bool(triggered),
        task_spec=specs[row[2]],
        thread_id=0,
        data={} if len(row) == 4 and row[3] < TaskState.WAITING else _data(inherited, changed, removed, live=bool(row[3] & LIVE)),
        internal_data=internal or {},
        last_state_change=0.0,
    )
    if parent is not None:
        parent._children.append(task.id)
    workflow.tasks[task.id] = task
    return task


def _data(inherited: dict[str, Any], changed: Any, removed: Any, *, live: bool) -> dict[str, Any]:
    """A task's own data. Only a live task may still be written to, so only it gets copies of what it shares."""
    data = {key: value for key, value in inherited.items() if key not in removed} if removed else dict(inherited)
    if changed:
        data.update(changed)
    return {key: _copy(value) for key, value in data.items()} if live else data


def _copy(value: Any) -> Any:
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    return value
