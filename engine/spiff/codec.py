"""The compact state of an instance: its task tree and data, without its specs.

A blob is JSON (orjson): `[format, next task id, top, subs]`, where `top` and each of `subs` is a workflow
`[parent task, spec name, flags, data, last task, tasks]` and a task is `[id, parent, spec, state, marks, internal, set, unset]`
with trailing zeros left out, in the order of their making: `spec` is the number of its task spec in the bundle, `set` and `unset`
are how its data differs from its parent's, `marks` is 1 for a triggered task plus twice the place in which the task of a join
ended. Finished sub-workflows are left out, only the history needs them.

Most rows of a tree are of tasks that have ended, below one that has ended, or that are only predicted and empty. These are kept
with their workflow, and the next blob takes them as they are while their state is the same and the empty ones are still empty (an
event that runs resets those of its name that are predicted after it).
"""

from typing import Any

import orjson
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.util.task import TaskState

from engine.spiff.lean import FINISHED, OPEN, SHARED, LeanTask, Numbering
from engine.spiff.specs import SpecBundle
from engine.spiff.workflow import Flow, SubFlow

FORMAT = 1
SEEN = "seen_events"
"""Event objects that an event-based gateway keeps only while it runs."""
STATE, SHORT = 3, 4
"""The place of a row's state, and the length of a row with nothing more."""
_NOTHING = (0, 0, 0, 0)

Row = list[Any]


def encode(flow: Flow, bundle: SpecBundle) -> bytes:
    """The blob of an instance between two commands."""
    subs = []
    for task_id, sub in flow.subprocesses.items():
        parent = flow.find(task_id)
        if parent is not None and not (sub.completed and parent._state & FINISHED):
            subs.append(_workflow(sub, bundle, task_id, parent.data))
    return orjson.dumps([FORMAT, flow.numbers.next, _workflow(flow, bundle, 0, {}), subs])


def settle(flow: Flow) -> None:
    """Make a workflow that stays in memory what it would be if it were restored: without its finished sub-workflows, and with
    data of its own for whatever still lives, since the library's tasks share values that it changes in place."""
    for task_id, sub in list(flow.subprocesses.items()):
        parent = flow.find(task_id)
        if parent is None or (sub.completed and parent._state & FINISHED):
            del flow.subprocesses[task_id]
    for task in flow.live.values():
        task.data = _own(task.data)


def encode_ended(flow: Flow) -> bytes:
    """What stays of an instance that has ended: its process data, without the tree."""
    return orjson.dumps(flow.data)


def ended_variables(blob: bytes) -> dict[str, Any]:
    """The process data of an ended instance."""
    variables: dict[str, Any] = orjson.loads(blob)
    return variables


def _workflow(workflow: Any, bundle: SpecBundle, parent_task: int, base: dict[str, Any]) -> list[Any]:
    index = bundle.index[workflow.spec.name]
    tasks, kept = workflow.tasks, workflow.rows
    rows = []
    for number, task in tasks.items():
        row = kept.get(number)
        if row is None or row[STATE] != task._state or (task._state < TaskState.WAITING and (task.internal_data or task.data)):
            parent = tasks.get(task._parent)
            row = _row(task, index[task.task_spec.name], base if parent is None else parent.data)
            if parent is not None and _settled(row, parent):
                kept[number] = row
        rows.append(row)
    flags = (1 if workflow.completed else 0) | (2 if workflow.success else 0)
    last = workflow.last_task.id if workflow.last_task is not None else 0
    return [parent_task, workflow.spec.name, flags, workflow.data or 0, last, rows]


def _settled(row: Row, parent: Any) -> bool:
    """Whether nothing changes a row but another state of its task."""
    if row[STATE] < TaskState.WAITING:
        return len(row) == SHORT
    return bool(row[STATE] & FINISHED and parent._state & FINISHED)


def _row(task: Any, place: int, inherited: dict[str, Any]) -> Row:
    state = task._state
    row = [task.id, task._parent or 0, place, state]
    internal = task.internal_data
    if SEEN in internal:
        internal = {key: value for key, value in internal.items() if key != SEEN}
    marks = (1 if task.triggered else 0) | int(task.last_state_change) << 1
    # only predicted, or cancelled: its data are not worth keeping
    bare = state == TaskState.CANCELLED or (state < TaskState.WAITING and not task.data)
    changed, removed = (0, 0) if bare else _difference(task.data, inherited)
    if marks or internal or changed or removed:
        rest = [marks, internal or 0, changed or 0, removed or 0]
        while not rest[-1]:
            rest.pop()
        row += rest
    return row


def _difference(data: dict[str, Any], base: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    if data is base:
        return {}, []
    changed = {key: value for key, value in data.items() if key not in base or (base[key] is not value and base[key] != value)}
    return changed, [] if base.keys() <= data.keys() else [key for key in base if key not in data]


def decode(blob: bytes, bundle: SpecBundle, script_engine: Any) -> Flow:
    """The instance of a blob, on the bundle it was encoded with. Raises `ValueError` for an unknown format."""
    form, next_id, top, subs = orjson.loads(blob)
    if form != FORMAT:
        raise ValueError(f"unknown state format {form}")
    flow = Flow(bundle.spec, bundle.subs, script_engine, Numbering(next_id), deserializing=True)
    _restore(flow, top, bundle, {})
    for row in subs:
        parent = flow.find(row[0])
        if parent is None:
            raise ValueError(f"the sub-workflow of task {row[0]} has lost its task")
        sub = SubFlow(bundle.subs[row[1]], row[0], flow, deserializing=True)
        flow.subprocesses[row[0]] = sub
        _restore(sub, row, bundle, parent.data)
        sub.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
    return flow


def _restore(workflow: Any, row: list[Any], bundle: SpecBundle, base: dict[str, Any]) -> None:
    _parent_task, name, flags, data, last, rows = row
    workflow.completed = bool(flags & 1)
    workflow.success = bool(flags & 2)
    workflow.data = data or {}
    specs, tasks, kept, flow = bundle.names[name], workflow.tasks, workflow.rows, workflow.flow
    for task_row in rows:
        number, above, place, state = task_row[:SHORT]
        task = tasks[number] = LeanTask(number, workflow, above or None, state, specs[place])
        parent = tasks.get(above)
        if parent is not None:
            parent._children.append(number)
            if _settled(task_row, parent):
                kept[number] = task_row
        if len(task_row) > SHORT or state >= TaskState.WAITING:
            marks, internal, changed, removed = (*task_row[SHORT:], *_NOTHING)[:4]
            over = parent is not None and bool(parent._state & FINISHED)
            task.data = _data(base if parent is None else parent.data, changed, removed, state, shared=over)
            task.internal_data = internal or {}
            if marks:
                task.triggered, task.last_state_change = bool(marks & 1), marks >> 1
        if state & OPEN:
            flow.live[number] = task
            if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
                flow.event_manager.tasks[number] = task
    workflow.task_tree = tasks[rows[0][0]]
    workflow.last_task = tasks.get(last)


def _data(inherited: dict[str, Any], changed: Any, removed: Any, state: int, *, shared: bool) -> dict[str, Any]:
    """A task's own data. What may still be written to gets copies all the way down: two values that were only equal are one object
    here, and the library merges nested values in place. What is over shares with a parent that is over, too."""
    data = inherited
    if removed:
        data = {key: value for key, value in inherited.items() if key not in removed}
    if changed:
        data = {**data, **changed}
    if shared and state & FINISHED:
        return data
    return _own(data)


def _own(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value if type(value) in SHARED else _copy(value) for key, value in data.items()}


def _copy(value: Any) -> Any:
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    return value
