"""To whom an opened user task is offered, and until when: its properties on the diagram, evaluated.

An `sla` is a length of time from then (`PT30M`), or an expression that gives a moment or a length. An expression is evaluated again
whenever its instance moves while the task is open, for what it asks may have changed (an order's extended due time); always as of the
moment at which the task was opened, so that a limit that runs from then (`wd(1)`) stays where it is unless the calendar changed.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task

from engine.db import from_micros, to_micros
from engine.expressions import ExpressionError
from engine.spiff.specs import element_of
from engine.timers.durations import NoDuration, after
from engine.workitems.models import AHEAD, NEVER, URGENT, pack_groups

if TYPE_CHECKING:
    from engine.runtime.live import LiveInstance


LIMIT = "limit"
"""Key in an open task's internal data: when it was opened and when it is due (microseconds since 1970), if its `sla` is an expression."""


def offer(live: "LiveInstance", task: Task) -> dict[str, Any]:
    """The columns of a new work item that come from the diagram: name, groups, assignee, form, due time."""
    properties = task.task_spec.extensions.get("properties", {})
    element = element_of(task) or task.task_spec.name
    definition = live.bundle.definition_of(task)

    def value(name: str) -> Any:
        text = properties.get(name, "")
        return live.evaluate(task, text[1:]) if text.startswith("=") else text or None

    try:
        groups, assignee, due = value("candidateGroups") or [], value("assignee"), _due(live, task, live.around.now)
    except (ExpressionError, NoDuration, TypeError, ValueError) as error:
        raise live.failed(element, error) from error
    if _property(task, "sla").startswith("="):
        _remember(task, live.around.now, due)
    return {
        "instance_id": live.id,
        "task_id": task.id,
        "element_id": element,
        "name": live.bundle.title(element, definition)[:120],
        "business_key": live.business_key,
        "process_key": definition,
        "candidate_groups": pack_groups([part.strip() for part in groups.split(",")] if isinstance(groups, str) else list(groups)),
        "assignee": assignee,
        "form_key": properties.get("formKey"),
        "closed_at": None,
        **_columns(task, live.around.now, due),
    }


def moved(live: "LiveInstance", task: Task) -> dict[str, Any] | None:
    """The columns of an open task's due time, if it is another than the one the work item has."""
    known = task.internal_data.get(LIMIT)
    if known is None:
        return None
    opened = from_micros(known[0])
    try:
        due = _due(live, task, opened)
    except (ExpressionError, NoDuration, TypeError, ValueError) as error:
        raise live.failed(element_of(task), error) from error
    return _columns(task, opened, due) if _remember(task, opened, due) else None


def forget(task: Task) -> None:
    """Drop what was remembered of a task that is no longer open."""
    task.internal_data.pop(LIMIT, None)


def _property(task: Task, name: str) -> str:
    return str(task.task_spec.extensions.get("properties", {}).get(name, ""))


def _due(live: "LiveInstance", task: Task, opened: datetime) -> datetime | None:
    text = _property(task, "sla")
    limit = live.evaluate(task, text[1:], at=opened) if text.startswith("=") else text
    if not limit:
        return None
    if not isinstance(limit, str):
        raise TypeError(f"a limit is a moment or a length of time, not {limit!r}")
    return after(opened, limit) if limit.startswith("P") else datetime.fromisoformat(limit)


def _remember(task: Task, opened: datetime, due: datetime | None) -> bool:
    """Answers whether it is new."""
    limit = [to_micros(opened), None if due is None else to_micros(due)]
    known, task.internal_data[LIMIT] = task.internal_data.get(LIMIT), limit
    return bool(known != limit)


def _columns(task: Task, opened: datetime, due: datetime | None) -> dict[str, Any]:
    soonest = (due or opened) - AHEAD if _property(task, "priority") == URGENT else due or NEVER
    return {"due_at": due, "soonest": soonest}
