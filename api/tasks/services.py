"""What the tasks' calls need beside the engine's own commands."""

from typing import Any

from api.drafts import services as drafts
from api.drafts.services import Draft
from api.files import services as files
from engine.actor import Actor
from engine.errors import Invalid, NotFound
from engine.runtime.engine import Engine
from engine.runtime.forms import TaskForm
from engine.runtime.work import Work
from engine.workitems.models import WorkItem, split_id, unpack_groups
from processes.cases import access
from processes.registry.accounts import services as accounts


def parse(task_id: str) -> tuple[int, int]:
    """The instance and task of a public id. Raises `NotFound`."""
    pair = split_id(task_id)
    if pair is None:
        raise NotFound("没有这个任务。 There is no such task.")
    return pair


def look(engine: Engine, actor: Actor, task_id: str) -> dict[str, Any]:
    """An open task with its form and the actor's own draft, for who may act on it or see its case; what the form begins with (a
    citizen's name and number, an elder's record) only for who may act on it.

    Raises `NotFound`, `Forbidden` or `Conflict`.
    """
    pair = parse(task_id)
    with engine.read() as session:
        item = session.get(WorkItem, pair)
        if item is None:
            raise NotFound("没有这个任务。 There is no such task.")
        groups = unpack_groups(item.candidate_groups)
        acts = item.assignee == actor.id or actor.may_act_for(frozenset(groups))
        if not acts:
            access.check(engine, actor, item.business_key)
        row, form = engine.task_form(session, actor, *pair)
        draft = None if row.item_assignee is None else drafts.find(session, actor, pair)
    return {
        "id": task_id,
        "element_id": item.element_id,
        "name": item.name,
        "case_no": item.business_key,
        "instance_id": str(item.instance_id),
        "candidate_groups": groups,
        "assignee": row.item_assignee,
        "due_at": item.due_at,
        "form": dict(form.schema),
        "data": _begun(form, draft) if acts else {},
        "draft_saved_at": draft.saved_at if draft else None,
    }


def _begun(form: TaskForm, draft: Draft | None) -> dict[str, Any]:
    """What a form begins with: its prefilled values, over them the draft, but never an old draft over what is only shown."""
    shown = {part["key"] for part in form.schema["components"] if part.get("readonly")}
    kept = {} if draft is None else {key: value for key, value in draft.answers.items() if key not in shown}
    return {**form.prefill, **kept}


def complete(work: Work, task_id: str, answers: dict[str, Any]) -> None:
    """Complete a task; the files that its answers name belong to the case from now on. Raises `Invalid` for files there are not."""
    instance_id, number = parse(task_id)
    form, passed = work.complete(instance_id, number, answers)
    # what a hidden field was sent is neither checked nor kept, so it belongs to no case
    sent = [part["key"] for part in form.schema["components"] if part["type"] == "file" and answers.get(part["key"])]
    files.attach(work.session, instance_id, {key: passed[key] for key in sent if passed[key]}, work.actor)


def delegate(work: Work, task_id: str, to: str) -> None:
    """Hand a task to a colleague who may do it. Raises `Invalid` for nobody, or for somebody of other groups."""
    pair = parse(task_id)
    item = work.session.get(WorkItem, pair)
    account = accounts.active(work.session, to)
    if account is None:
        raise Invalid(errors={"to": f"没有账号 {to}。 There is no account {to}."})
    if item is not None and not accounts.actor_of(account).may_act_for(frozenset(unpack_groups(item.candidate_groups))):
        raise Invalid(errors={"to": f"{to} 不在该任务的候选角色中。 {to} is in none of the groups that this task is offered to."})
    work.delegate(*pair, to)
