"""To whom an opened user task is offered: its properties on the diagram, evaluated."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task

from engine.expressions import ExpressionError
from engine.spiff.specs import element_of
from engine.workitems.models import NEVER, pack_groups

if TYPE_CHECKING:
    from engine.runtime.live import LiveInstance


def offer(live: "LiveInstance", task: Task) -> dict[str, Any]:
    """The columns of a new work item that come from the diagram: name, groups, assignee, form, due time."""
    properties = task.task_spec.extensions.get("properties", {})
    element = element_of(task) or task.task_spec.name
    definition = live.bundle.definition_of(task)

    def value(name: str) -> Any:
        text = properties.get(name, "")
        return live.evaluate(task, text[1:]) if text.startswith("=") else text or None

    try:
        groups, sla, assignee = value("candidateGroups") or [], value("sla"), value("assignee")
        due = datetime.fromisoformat(sla) if sla else None
    except (ExpressionError, TypeError, ValueError) as error:
        raise live.failed(element, error) from error
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
        "due_at": due,
        "soonest": due or NEVER,
        "closed_at": None,
    }
