"""Reading an instance for a command, and writing what the command did: few, plain statements in a fixed order, sent together."""

from collections.abc import Iterator, Sequence
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from engine.db import tables
from engine.definitions import current
from engine.errors import VersionConflict
from engine.history.chain import link
from engine.history.models import History, Submission
from engine.instances.models import ENDED, LIVE, Instance
from engine.messages.models import Subscription
from engine.prepared import Batch, Prepared, together
from engine.runtime.live import LiveInstance
from engine.spiff import codec
from engine.spiff.specs import element_of
from engine.timers.models import WAITING, Timer
from engine.workitems.models import CANCELLED, DONE, OPEN, WorkItem
from engine.workitems.offers import forget, moved, offer

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
_BY_ID = Prepared(select(*HEAD, INSTANCE.c.state, current.NUMBER.label("epoch")).where(INSTANCE.c.id == bindparam("instance")))
_ITEM_COLUMNS = [column.label(f"item_{column.name}") for column in ITEM.c]
_WITH_ITEM = Prepared(
    select(*HEAD, INSTANCE.c.state, current.NUMBER.label("epoch"), *_ITEM_COLUMNS)
    .join_from(ITEM, INSTANCE, ITEM.c.instance_id == INSTANCE.c.id)
    .where(ITEM.c.instance_id == bindparam("instance"), ITEM.c.task_id == bindparam("task"))
)
_HERE = (INSTANCE.c.id == bindparam("b_id"), INSTANCE.c.version == bindparam("b_version"))
_MOVED = ("state", "status", "outcome", "ended_at", "last_seq", "last_hash", "version")
_MOVE = Prepared(update(INSTANCE).where(*_HERE).values({name: bindparam(name) for name in _MOVED}))
_MOVE_HEAD = Prepared(update(INSTANCE).where(*_HERE).values({name: bindparam(name) for name in ("last_seq", "last_hash", "version")}))
_ITEM = (ITEM.c.instance_id == bindparam("b_instance"), ITEM.c.task_id == bindparam("b_task"))
# who completed a task nobody had claimed is its holder, too: whoever comes second is told
_HOLDER = func.coalesce(bindparam("closed_by", type_=ITEM.c.assignee.type), ITEM.c.assignee)
_CLOSE = Prepared(update(ITEM).where(*_ITEM).values(state=bindparam("state"), closed_at=bindparam("closed_at"), assignee=_HOLDER))
_ASSIGN = Prepared(update(ITEM).where(*_ITEM).values(assignee=bindparam("assignee")))
_MOVE_DUE = Prepared(update(ITEM).where(*_ITEM).values(due_at=bindparam("due_at"), soonest=bindparam("soonest")))
_DROP_TIMER = Prepared(delete(TIMER).where(TIMER.c.instance_id == bindparam("b_instance"), TIMER.c.task_id == bindparam("b_task")))
_UNSUBSCRIBE = Prepared(
    delete(SUBSCRIPTION).where(SUBSCRIPTION.c.instance_id == bindparam("b_instance"), SUBSCRIPTION.c.task_id == bindparam("b_task"))
)
_ADD_INSTANCE, _ADD_HISTORY, _ADD_SUBMISSION = Prepared(insert(INSTANCE)), Prepared(insert(HISTORY)), Prepared(insert(SUBMISSION))
_ADD_ITEM, _ADD_TIMER, _SUBSCRIBE = Prepared(insert(ITEM)), Prepared(insert(TIMER)), Prepared(insert(SUBSCRIPTION))


def by_id(connection: Connection, instance_id: int) -> Any:
    """An instance's head and state, or None."""
    return _BY_ID.first(connection, {"instance": instance_id})


def by_ids(connection: Connection, instance_ids: Sequence[int]) -> list[Any]:
    """The heads and states of those instances that there are, in one round trip."""
    answers = together(connection, [(_BY_ID, {"instance": instance_id}) for instance_id in instance_ids])
    return [row for answer in answers for row in answer.rows]


def with_item(connection: Connection, instance_id: int, task_id: int) -> Any:
    """An instance's head and state with one of its work items (columns `item_…`), in one statement; None without that item."""
    return _WITH_ITEM.first(connection, {"instance": instance_id, "task": task_id})


def save(writes: Batch, live: LiveInstance, *, alone: bool) -> None:
    """Have an instance, its history row and its projections written; `alone` when the command moved no other.

    `VersionConflict` is raised when they are sent and another commit was first.
    """
    now, actor = live.around.now, live.around.actor.id
    row = link(live.id, live.seq + 1, live.last_hash, now, actor, live.steps, live.extra if alone else {**live.extra, "turns": live.turns})
    live.next_hash = row.hash
    people = list(_people(live))  # before the state is encoded: open tasks remember when they are due
    state = {
        "state": codec.encode_ended(live.flow) if live.ended else codec.encode(live.flow, live.bundle),
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
        writes.add(_ADD_INSTANCE, {**constant, **state})
    else:
        writes.guard(_MOVE, {"b_id": live.id, "b_version": live.version, **state}, VersionConflict())
    writes.add(_ADD_HISTORY, row.values())
    if live.submission is not None:
        writes.add(_ADD_SUBMISSION, {"instance_id": live.id, "seq": row.seq, "body": live.submission})
    for statement, values in people:
        writes.add(statement, values)
    _project(writes, live)


def move_head(writes: Batch, head: Any, row: Any) -> None:
    """Have a history row appended without moving the instance (a claim). `VersionConflict` as in `save`."""
    values = {"b_id": head.id, "b_version": head.version, "last_seq": row.seq, "last_hash": row.hash, "version": head.version + 1}
    writes.guard(_MOVE_HEAD, values, VersionConflict())
    writes.add(_ADD_HISTORY, row.values())


def assign(writes: Batch, instance_id: int, task_id: int, assignee: str | None) -> None:
    """Have a work item given to a person, or to its groups again."""
    writes.add(_ASSIGN, {"b_instance": instance_id, "b_task": task_id, "assignee": assignee})


def _people(live: LiveInstance) -> Iterator[tuple[Prepared, dict[str, Any]]]:
    """The rows of people's tasks: closed, opened, or due at another time."""
    before, after = live.before.people, live.after.people
    for task_id in sorted(before - after):
        yield _CLOSE, _closing(live, task_id)
        if task_id not in live.unclaimed:
            yield from ((statement, _key(live, task_id)) for statement in live.around.registry.on_task_closed)
    for task in _tasks(live, sorted(after)):
        if task.id not in before:
            yield _ADD_ITEM, offer(live, task) | {"state": OPEN, "created_at": live.around.now}
        elif (due := moved(live, task)) is not None:
            yield _MOVE_DUE, _key(live, task.id) | due


def _project(writes: Batch, live: LiveInstance) -> None:
    before, after = live.before, live.after
    for task_id, due in before.clocks.items():
        if after.clocks.get(task_id) != due:
            writes.add(_DROP_TIMER, _key(live, task_id))
    for task_id, due in sorted(after.clocks.items()):
        if before.clocks.get(task_id) != due:
            writes.add(_ADD_TIMER, _timer(live, task_id, due))
    for task_id in sorted({awaited.task_id for awaited in before.messages - after.messages}):
        writes.add(_UNSUBSCRIBE, _key(live, task_id))
    for one in sorted(after.messages - before.messages, key=lambda one: (one.task_id, one.message, one.correlation)):
        row = {"instance_id": live.id, "task_id": one.task_id, "message": one.message, "correlation": one.correlation}
        writes.add(_SUBSCRIBE, row)


def _tasks(live: LiveInstance, ids: Sequence[int]) -> list[Task]:
    return [task for task in (live.flow.find(task_id) for task_id in ids) if task is not None]


def _closing(live: LiveInstance, task_id: int) -> dict[str, Any]:
    task = live.flow.find(task_id)
    done = task is not None and task.has_state(TaskState.COMPLETED)
    if task is not None:
        forget(task)
    end = {"state": DONE, "closed_by": live.around.actor.id} if done else {"state": CANCELLED, "closed_by": None}
    return {**_key(live, task_id), **end, "closed_at": live.around.now}


def _key(live: LiveInstance, task_id: int) -> dict[str, Any]:
    return {"b_instance": live.id, "b_task": task_id}


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
