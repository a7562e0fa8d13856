"""`/tasks`."""

from typing import Any

from api.auth import guard
from api.product import product
from api.rest import Resource
from api.tasks import schemas, services
from processes.inbox import services as inbox

resource = Resource("tasks", __name__, "任务。 The inbox.")


@resource.on("/tasks", "GET", answer=schemas.Inbox)
@resource.takes(schemas.TaskQuery, "query")
def list_tasks(query: dict[str, Any]) -> dict[str, Any]:
    """The open tasks that the caller may do, oldest first or (`sort=due`) what is urgent, then soonest due; `mine=1`: those claimed."""
    who = guard.actor()
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    with product().engine.read() as session:
        page = inbox.tasks(session, who, inbox.TaskFilter(**query), cursor, limit)
        return {"items": [entry.as_json() for entry in page.items], "next": page.next}


@resource.on("/tasks/<task_id>", "GET", answer=schemas.Task)
def task(task_id: str) -> dict[str, Any]:
    """An open task with its form."""
    return services.look(product().engine, guard.actor(), task_id)


@resource.on("/tasks/<task_id>/claim", "POST", answer=schemas.Moved)
def claim(task_id: str) -> dict[str, Any]:
    """Take a task for oneself; 409 names who was first."""
    who, pair = guard.actor(), services.parse(task_id)
    product().engine.transact(who, lambda work: work.claim(*pair))
    return {"id": task_id, "state": "open", "assignee": who.id}


@resource.on("/tasks/<task_id>/release", "POST", answer=schemas.Moved)
def release(task_id: str) -> dict[str, Any]:
    """Put a claimed task back for its groups."""
    who, pair = guard.actor(), services.parse(task_id)
    product().engine.transact(who, lambda work: work.release(*pair))
    return {"id": task_id, "state": "open", "assignee": None}


@resource.on("/tasks/<task_id>/complete", "POST", answer=schemas.Moved)
@resource.takes(schemas.Answers)
def complete(body: dict[str, Any], task_id: str) -> dict[str, Any]:
    """Complete a task with its form's answers; 422 names the fields and leaves the task untouched."""
    product().engine.transact(guard.actor(), lambda work: services.complete(work, task_id, body["data"]))
    return {"id": task_id, "state": "done"}


@resource.on("/tasks/<task_id>/delegate", "POST", answer=schemas.Moved)
@resource.takes(schemas.Recipient)
def delegate(body: dict[str, Any], task_id: str) -> dict[str, Any]:
    """Hand a task to a colleague."""
    product().engine.transact(guard.actor(), lambda work: services.delegate(work, task_id, body["to"]))
    return {"id": task_id, "state": "open", "assignee": body["to"]}
