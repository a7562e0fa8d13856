"""Tasks visible to an actor, filtered and sorted; three statements a page, whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from engine.db import Instant, from_micros, to_micros
from engine.workitems.models import OPEN, WorkItem, unpack_groups
from processes.casefile import cursors, lamps
from processes.casefile.cursors import Key, Page
from processes.casefile.masking import masked
from processes.casefile.models import Case, WorkOrder
from processes.lights.services import Lights

MOST = 200
NEVER = from_micros(1 << 57)
"""Where tasks without any due time stand when the soonest due come first."""


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """What to look for. `mine` are tasks claimed by the actor, `free` those claimed by nobody; `age` and `due` are colours;
    `q` is the beginning of a case number or words of the title; `sort` is `created` or `due`."""

    mine: bool = False
    free: bool = False
    group: str | None = None
    age: str | None = None
    due: str | None = None
    sort: str = "created"
    element_id: str | None = None
    case_no: str | None = None
    q: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many open tasks an actor sees, has claimed, and could claim."""

    all: int
    mine: int
    free: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the inbox. Its lamps are the work order's own where the task belongs to one, else the case's."""

    item: WorkItem
    case: Case | None
    order: WorkOrder | None
    soonest: datetime
    lights: Lights

    def as_json(self) -> dict[str, Any]:
        """The line as the API gives it."""
        item, case, order = self.item, self.case, self.order
        return {
            "id": item.public_id,
            "element_id": item.element_id,
            "name": item.name,
            "case_no": item.business_key,
            "title": masked(case.title) if case else None,
            "category": case.category if case else None,
            "urgency": case.urgency if case else None,
            "instance_id": str(item.instance_id),
            "process_key": item.process_key,
            "candidate_groups": unpack_groups(item.candidate_groups),
            "assignee": item.assignee,
            "created_at": item.created_at,
            "due_at": item.due_at or (order.due_at if order else None),
            "work_order": order.number if order else None,
            "unit": order.unit if order else None,
            "lights": self.lights.as_json(),
        }


def tasks(session: Session, actor: Actor, wanted: TaskFilter, cursor: str | None = None, limit: int = 50) -> Page[Entry]:
    """The open tasks that an actor may act on or has claimed, oldest or soonest due first. Raises `BadCursor`."""
    now = clock.now()
    key = _sort_key(wanted)
    query = _query(actor, wanted, key)

    def batch(after: Key | None, count: int) -> list[Entry]:
        page = query if after is None else query.where(_after(key, after))
        rows = session.execute(page.order_by(key, WorkItem.instance_id, WorkItem.task_id).limit(count)).all()
        return _entries(session, rows, now)

    def sort_keys(entry: Entry) -> Key:
        return to_micros(entry.soonest), entry.item.instance_id, entry.item.task_id

    after = cursors.decode(cursor, int, int, int) if cursor else None
    return cursors.collect(batch, lambda entry: _lit(entry.lights, wanted), sort_keys, after, max(1, min(limit, MOST)))


def counts(session: Session, actor: Actor) -> Counts:
    """The numbers at the head of the inbox, whatever its filter; one statement."""
    mine, free = WorkItem.assignee == actor.id, WorkItem.assignee.is_(None)
    query = select(func.count(), func.count().filter(mine), func.count().filter(free)).where(WorkItem.state == OPEN)
    seen = visible(actor)
    everything, claimed, claimable = session.execute(query if seen is None else query.where(seen)).one()
    return Counts(everything, claimed, claimable)


def visible(actor: Actor) -> ColumnElement[bool] | None:
    """The condition on `work_item` under which an actor may act on a task; None for every task."""
    if actor.override:
        return None
    groups = [WorkItem.candidate_groups.contains(f",{group},", autoescape=True) for group in sorted(actor.groups)]
    return or_(WorkItem.assignee == actor.id, WorkItem.candidate_groups == "", *groups)


def _query(actor: Actor, wanted: TaskFilter, key: ColumnElement[datetime]) -> Select[WorkItem, Case, WorkOrder, datetime]:
    query = (
        select(WorkItem, Case, WorkOrder, key)
        .outerjoin(Case, Case.case_no == WorkItem.business_key)
        .outerjoin(WorkOrder, WorkOrder.instance_id == WorkItem.instance_id)
        .where(WorkItem.state == OPEN)
    )
    seen = visible(actor)
    if wanted.mine:
        query = query.where(WorkItem.assignee == actor.id)
    elif seen is not None:
        query = query.where(seen)
    if wanted.free:
        query = query.where(WorkItem.assignee.is_(None))
    if wanted.q and (words := wanted.q.strip()):
        number = WorkItem.business_key.startswith(words.upper(), autoescape=True)
        query = query.where(or_(number, Case.title.contains(words, autoescape=True)))
    if wanted.group:
        query = query.where(WorkItem.candidate_groups.contains(f",{wanted.group},", autoescape=True))
    if wanted.element_id:
        query = query.where(WorkItem.element_id == wanted.element_id)
    if wanted.case_no:
        query = query.where(WorkItem.business_key == wanted.case_no)
    return query


def _sort_key(wanted: TaskFilter) -> ColumnElement[datetime]:
    if wanted.sort == "due":
        return func.coalesce(WorkItem.due_at, WorkOrder.due_at, literal(NEVER, Instant()))
    return WorkItem.created_at.expression


def _entries(session: Session, rows: Sequence[Any], now: datetime) -> list[Entry]:
    """Lines with their lamps; the case's orders are read at once for all lines that show the case's own lamps."""
    own = {case.case_no for _item, case, order, _key in rows if case is not None and order is None and case.first_dispatched_at}
    orders = lamps.orders_of(session, own)
    entries = []
    for item, case, order, key in rows:
        if order is not None:
            lights = lamps.of_order(session, order, now)
        else:
            lights = lamps.of_case(session, case, orders.get(case.case_no, ()), now) if case is not None else Lights()
        entries.append(Entry(item, case, order, key, lights))
    return entries


def _lit(lights: Lights, wanted: TaskFilter) -> bool:
    return wanted.age in (None, "", lights.age) and wanted.due in (None, "", lights.due)


def _after(key: ColumnElement[datetime], after: Key) -> ColumnElement[bool]:
    micros, instance_id, task_id = (int(part or 0) for part in after)
    moment = from_micros(micros)
    later = or_(WorkItem.instance_id > instance_id, and_(WorkItem.instance_id == instance_id, WorkItem.task_id > task_id))
    return or_(key > moment, and_(key == moment, later))
