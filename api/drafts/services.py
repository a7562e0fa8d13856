"""Keeping drafts: only their writer sees them, only who has the task may write one, and none outlives its task."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from api.drafts.models import TaskDraft
from engine.actor import Actor
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.inserts import insert_once
from engine.prepared import Prepared
from engine.registry import Registry
from engine.runtime.work import Work
from engine.workitems.models import OPEN, WorkItem

MOST: Final = 200_000
"""Bytes of a draft's JSON; the longest form filled to its limits stays far below."""

Key = tuple[int, int]
"""Instance and task."""

_FIND: Final = Prepared(
    select(TaskDraft.answers, TaskDraft.saved_at).where(
        TaskDraft.instance_id == bindparam("instance_id"),
        TaskDraft.task_id == bindparam("task_id"),
        TaskDraft.username == bindparam("username"),
    )
)
_CLOSED: Final = Prepared(
    delete(TaskDraft).where(TaskDraft.instance_id == bindparam("b_instance"), TaskDraft.task_id == bindparam("b_task"))
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, by field, and when it was kept."""

    answers: Mapping[str, Any]
    saved_at: datetime


def register(registry: Registry) -> None:
    """Have everybody's drafts of a task forgotten in the command that closes it: by its form, by a department's own system, by
    withdrawing or merging the case."""
    registry.on_task_closed.append(_CLOSED)


def find(session: Session, actor: Actor, task: Key) -> Draft | None:
    """The actor's own draft of a task."""
    row = _FIND.first(session.connection(), {"instance_id": task[0], "task_id": task[1], "username": actor.id})
    return None if row is None else Draft(orjson.loads(row.answers), row.saved_at)


def keep(work: Work, task: Key, form: Mapping[str, Any], answers: Mapping[str, Any]) -> datetime:
    """Keep what the command's actor has typed so far, in place of the draft before it; answers when.

    Fields that the form does not have and files (they are not typed) are left aside. Raises `NotFound`, `Conflict` for a
    task that is over, `Forbidden` for one that somebody else has or nobody has claimed, `Invalid` for too much.
    """
    _require_at_hand(work.session, work.actor, task)
    typed = {part["key"] for part in form["components"] if part["type"] != "file"}
    body = orjson.dumps({key: value for key, value in answers.items() if key in typed})
    if len(body) > MOST:
        raise Invalid(errors={"": f"草稿太长，最多 {MOST} 字节。 The draft is too long: at most {MOST} bytes."})
    mine = {"instance_id": task[0], "task_id": task[1], "username": work.actor.id}
    values = {"answers": body.decode(), "saved_at": work.now}
    if insert_once(work.session, TaskDraft, {**mine, **values}):
        _sweep(work.session)
    else:
        work.session.execute(update(TaskDraft).filter_by(**mine).values(**values))
    return work.now


def discard(session: Session, task: Key, username: str) -> None:
    """Forget one person's draft of a task."""
    wanted = delete(TaskDraft).where(TaskDraft.instance_id == task[0], TaskDraft.task_id == task[1])
    session.execute(wanted.where(TaskDraft.username == username))


def _require_at_hand(session: Session, actor: Actor, task: Key) -> None:
    item = session.get(WorkItem, task)
    if item is None:
        raise NotFound("没有这个任务。 There is no such task.")
    if item.state != OPEN:
        raise Conflict("任务已经办结或取消。 The task is already done or cancelled.", state=item.state)
    if item.assignee is None or (item.assignee != actor.id and not actor.override):
        raise Forbidden("签收之后才能保存草稿。 Claim the task first, then drafts are kept.")


def _sweep(session: Session) -> None:
    """Forget what was left behind: by who put a task back before somebody completed it unclaimed, or by a draft that was on its way
    while the task was closed. Done whenever a draft is begun, so that it costs no command of anybody else's."""
    open_item = exists().where(WorkItem.instance_id == TaskDraft.instance_id, WorkItem.task_id == TaskDraft.task_id, WorkItem.state == OPEN)
    session.execute(delete(TaskDraft).where(~open_item))
