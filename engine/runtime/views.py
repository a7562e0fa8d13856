"""What may be seen of a running instance: its tokens and its process data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.runtime.live import LiveInstance
from engine.spiff.specs import element_of
from engine.spiff.waits import due_of

STANDING = TaskState.READY | TaskState.WAITING | TaskState.STARTED


@dataclass(frozen=True, slots=True)
class Token:
    """Where the process stands: the element, the process whose diagram shows it, and when its timer is due, if it has one."""

    task_id: int
    element_id: str
    name: str
    definition: str
    due_at: datetime | None


def tokens(live: LiveInstance) -> list[Token]:
    """The tokens of an instance, outer elements first."""
    found = []
    for task in live.flow.all_tasks():
        element = element_of(task)
        if element is not None and task.has_state(STANDING):
            definition = live.bundle.definition_of(task)
            found.append(Token(task.id, element, live.bundle.title(element, definition), definition, due_of(task)))
    return found


def variables(live: LiveInstance) -> Mapping[str, Any]:
    """The process data: of the step taken last, under it that of the tasks that wait."""
    merged: dict[str, Any] = {}
    for task in live.flow.all_tasks():
        if task.has_state(STANDING):
            merged.update(task.data)
    last = live.flow.last_task
    return {**merged, **(last.data if last is not None else {})}
