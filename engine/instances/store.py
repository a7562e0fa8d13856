"""Reading an instance for a command, and writing what the command did: few, plain statements in a fixed order."""

from collections.abc import Iterable, Sequence
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import Connection, Executable, Row, Select, bindparam, delete, func, insert, select, update

from engine.db import tables
from engine.errors import VersionConflict
from engine.history.chain import link
from engine.history.models import History, Submission
from engine.instances.models import ENDED, LIVE, Instance
from engine.messages.models import Subscription
from engine.runtime.live import LiveInstance
from engine.spiff import codec
from engine.spiff.specs import element_of
from engine.timers.models import WAITING, Timer
from engine.workitems.models import CANCELLED, DONE, OPEN, WorkItem
from engine.workitems.offers import offer

INSTANCE, ITEM, TIMER, SUBSCRIPTION, HISTORY, SUBMISSION = tables(Instance, WorkItem, Timer, Subscription, History, Submission)

HEAD = (
    INSTANCE.c.id,
    INSTANCE.c.bundle_id,
    INSTANCE.c.process_key,
    INSTANCE.c.business_key,
    INSTANCE.c.status,
    INSTANCE.c.version,
    INSTANCE.c.last_seq,
    INSTANCE.c.last_hash,
    INSTANCE.c.started_at,
)
_BY_ID: Select[Any] = select(*HEAD, INSTANCE.c.state).where(INSTANCE.c.id == bindparam("instance"))
_ITEM_COLUMNS = [column.label(f"item_{column.name}") for column in ITEM.c]
_WITH_ITEM: Select[Any] = (
    select(*HEAD, INSTANCE.c.state, *_ITEM_COLUMNS)
    .join_from(ITEM, INSTANCE, ITEM.c.instance_id == INSTANCE.c.id)
    .where(ITEM.c.instance_id == bindparam("instance"), ITEM.c.task_id == bindparam("task"))
)
_HERE = (INSTANCE.c.id == bindparam("b_id"), INSTANCE.c.version == bindparam("b_version"))
_MOVED = ("state", "status", "outcome", "ended_at", "last_seq", "last_hash", "version")
_MOVE = update(INSTANCE).where(*_HERE).values({name: bindparam(name) for name in _MOVED})
_MOVE_HEAD = update(INSTANCE).where(*_HERE).values({name: bindparam(name) for name in ("last_seq", "last_hash", "version")})
_ITEM = (ITEM.c.instance_id == bindparam("b_instance"), ITEM.c.task_id == bindparam("b_task"))
# who completed a task nobody had claimed is its holder, too: whoever comes second is told
_HOLDER = func.coalesce(bindparam("closed_by", type_=ITEM.c.assignee.type), ITEM.c.assignee)
_CLOSE = update(ITEM).where(*_ITEM).values(state=bindparam("state"), closed_at=bindparam("closed_at"), assignee=_HOLDER)
_ASSIGN = update(ITEM).where(*_ITEM).values(assignee=bindparam("assignee"))
_DROP_TIMER = delete(TIMER).where(TIMER.c.instance_id == bindparam("b_instance"), TIMER.c.task_id == bindparam("b_task"))
_UNSUBSCRIBE = delete(SUBSCRIPTION).where(
    SUBSCRIPTION.c.instance_id == bindparam("b_instance"), SUBSCRIPTION.c.task_id == bindparam("b_task")
)
# built once: building a statement costs more than running it on SQLite
_ADD_INSTANCE, _ADD_HISTORY, _ADD_SUBMISSION = insert(INSTANCE), insert(HISTORY), insert(SUBMISSION)
_ADD_ITEM, _ADD_TIMER, _SUBSCRIBE = insert(ITEM), insert(TIMER), insert(SUBSCRIPTION)


def by_id(connection: Connection, instance_id: int) -> Row[Any] | None:
    """An instance's head and state."""
    row: Row[Any] | None = connection.execute(_BY_ID, {"instance": instance_id}).first()
    return row


def with_item(connection: Connection, instance_id: int, task_id: int) -> Row[Any] | None:
    """An instance's head and state with one of its work items (columns `item_…`), in one statement."""
    row: Row[Any] | None = connection.execute(_WITH_ITEM, {"instance": instance_id, "task": task_id}).first()
    return row


def save(connection: Connection, live: LiveInstance, *, alone: bool) -> None:
    """Write an instance, its history row and its projections; `alone` when the command moved no other.

    Raises `VersionConflict` when another commit was first.
    """
    now, actor = live.around.now, live.around.actor.id
    row = link(live.id, live.seq + 1, live.last_hash, now, actor, live.steps, live.extra if alone else {**live.extra, "turns": live.turns})
    state = {
        "state": codec.encode_ended(live.flow) if live.ended else codec.encode(live.flow, live.bundle, live.numbers),
        "status": ENDED if live.ended else LIVE,
        "outcome": live.outcome,
        "ended_at": now if live.ended else None,
        "last_seq": row.seq,
        "last_hash": row.hash,
        "version": live.version + 1,
    }
    if live.is_new:
        constant = {
            "id": live.id,
            "bundle_id": live.bundle.id,
            "process_key": live.bundle.process_key,
            "process_version": live.bundle.version,
            "business_key": live.business_key,
            "state_format": codec.FORMAT,
            "started_at": now,
        }
        connection.execute(_ADD_INSTANCE, {**constant, **state})
    else:
        if connection.execute(_MOVE, {"b_id": live.id, "b_version": live.version, **state}).rowcount != 1:
            raise VersionConflict()
    connection.execute(_ADD_HISTORY, row.values())
    if live.submission is not None:
        connection.execute(_ADD_SUBMISSION, {"instance_id": live.id, "seq": row.seq, "body": live.submission})
    _project(connection, live)


def move_head(connection: Connection, head: Row[Any], row: Any) -> None:
    """Append a history row without moving the instance (a claim). Raises `VersionConflict`."""
    values = {"b_id": head.id, "b_version": head.version, "last_seq": row.seq, "last_hash": row.hash, "version": head.version + 1}
    if connection.execute(_MOVE_HEAD, values).rowcount != 1:
        raise VersionConflict()
    connection.execute(_ADD_HISTORY, row.values())


def assign(connection: Connection, instance_id: int, task_id: int, assignee: str | None) -> None:
    """Give a work item to a person, or to its groups again."""
    connection.execute(_ASSIGN, {"b_instance": instance_id, "b_task": task_id, "assignee": assignee})


def _project(connection: Connection, live: LiveInstance) -> None:
    before, after, now = live.before, live.after, live.around.now

    def run(statement: Executable, rows: list[dict[str, Any]]) -> None:
        if rows:
            connection.execute(statement, rows)

    def keys(tasks: Iterable[int]) -> list[dict[str, Any]]:
        return [{"b_instance": live.id, "b_task": task} for task in sorted(tasks)]

    closed = before.people - after.people
    run(_CLOSE, [_closing(live, key) for key in keys(closed)])
    opened = _tasks(live, sorted(after.people - before.people))
    run(_ADD_ITEM, [offer(live, task) | {"state": OPEN, "created_at": now} for task in opened])
    run(_DROP_TIMER, keys(task for task, due in before.clocks.items() if after.clocks.get(task) != due))
    run(_ADD_TIMER, [_timer(live, task, due) for task, due in sorted(after.clocks.items()) if before.clocks.get(task) != due])
    run(_UNSUBSCRIBE, keys({awaited.task_id for awaited in before.messages - after.messages}))
    awaited = sorted(after.messages - before.messages, key=lambda one: (one.task_id, one.message))
    run(
        _SUBSCRIBE,
        [{"instance_id": live.id, "task_id": one.task_id, "message": one.message, "correlation": one.correlation} for one in awaited],
    )


def _tasks(live: LiveInstance, ids: Sequence[int]) -> list[Task]:
    return [task for task in (live.flow.find(task_id) for task_id in ids) if task is not None]


def _closing(live: LiveInstance, key: dict[str, Any]) -> dict[str, Any]:
    task = live.flow.find(key["b_task"])
    done = task is not None and task.has_state(TaskState.COMPLETED)
    end = {"state": DONE, "closed_by": live.around.actor.id} if done else {"state": CANCELLED, "closed_by": None}
    return {**key, **end, "closed_at": live.around.now}


def _timer(live: LiveInstance, task_id: int, due: Any) -> dict[str, Any]:
    task = live.flow.find(task_id)
    return {
        "instance_id": live.id,
        "task_id": task_id,
        "element_id": element_of(task) if task is not None else "",
        "business_key": live.business_key,
        "process_key": None,
        "repeat": None,
        "due_at": due,
        "state": WAITING,
        "queued_at": None,
    }
