"""`/tasks/{id}/draft`: keep or forget a half-filled form; the task itself (`GET /tasks/{id}`) gives it back in its `data`."""

from typing import Any

from api.auth import guard
from api.drafts import schemas, services
from api.product import product
from api.rest import Resource
from api.tasks import services as tasks

resource = Resource("drafts", __name__, "草稿。 Drafts of half-filled task forms.")


@resource.on("/tasks/<task_id>/draft", "PUT", answer=schemas.Saved)
@resource.takes(schemas.DraftBody)
def keep(body: dict[str, Any], task_id: str) -> dict[str, Any]:
    """Keep what the caller has filled in so far; only who has claimed the task, and nobody else sees it."""
    who, engine = guard.actor(), product().engine
    form = tasks.look(engine, who, task_id)["form"]
    saved_at = engine.transact(who, lambda work: services.keep(work, tasks.parse(task_id), form, body["data"]))
    return {"id": task_id, "saved_at": saved_at}


@resource.on("/tasks/<task_id>/draft", "DELETE", answer=schemas.Saved)
def discard(task_id: str) -> dict[str, Any]:
    """Forget the caller's own draft, if there is one."""
    who, task = guard.actor(), tasks.parse(task_id)
    product().engine.transact(who, lambda work: services.discard(work.session, task, who.id))
    return {"id": task_id, "saved_at": None}
