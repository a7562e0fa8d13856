"""A workflow as rows that can be compared: every task in the tree's order, without ids."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from SpiffWorkflow.util.task import TaskState

FACTS = ("event_value", "event_fired", "key_or_index", "iteration", "remaining", "current")
"""What of a task's internal data is compared; the rest are ids, and notes of our own. That an event has not fired is the same
whether it is noted or not: the library notes it when it resets a predicted task, ours is predicted anew."""

Row = list[Any]
"""Depth, workflow, spec, state, triggered, data, facts."""


def tasks(workflow: Any) -> Iterator[tuple[int, Any]]:
    """Every task with its depth, a sub-process between its task and that one's children."""
    subprocesses = workflow.top_workflow.subprocesses
    pending = [(0, workflow.task_tree)]
    while pending:
        depth, task = pending.pop()
        yield depth, task
        pending.extend((depth + 1, task.workflow.tasks[child]) for child in reversed(task._children))
        if task.id in subprocesses:
            pending.append((depth + 1, subprocesses[task.id].task_tree))


def rows(workflow: Any) -> list[Row]:
    """The tree, and after it the data of the process, as JSON: what the walk changes later does not change them."""
    tree = [
        [
            depth,
            task.workflow.spec.name,
            task.task_spec.name,
            task._state,
            task.triggered,
            task.data,
            {key: task.internal_data[key] for key in FACTS if task.internal_data.get(key, False) is not False},
        ]
        for depth, task in tasks(workflow)
    ]
    last = None if workflow.last_task is None else workflow.last_task.task_spec.name
    frozen: list[Row] = orjson.loads(orjson.dumps([*tree, [workflow.completed, workflow.success, last, workflow.data]]))
    return frozen


def stored(tree: list[Row]) -> list[Row]:
    """What of the rows a stored instance keeps: not the data of cancelled and predicted tasks, not finished sub-processes."""
    kept: list[Row] = []
    ended: tuple[int, str] | None = None
    for row in tree[:-1]:
        depth, process, _spec, state = row[:4]
        if ended is not None and depth > ended[0] and process != ended[1]:
            continue
        ended = (depth, process) if state & TaskState.FINISHED_MASK else None
        bare = state == TaskState.CANCELLED or state < TaskState.WAITING
        kept.append([*row[:5], {} if bare else row[5], row[6]])
    return [*kept, tree[-1]]


def due(task: Any) -> datetime | None:
    """When a waiting task's timer is due."""
    value = task.internal_data.get("event_value")
    if isinstance(value, dict):
        value = value["next"] if value["cycles"] != 0 else None
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)
