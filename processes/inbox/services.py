"""Tasks visible to an actor, filtered and sorted; three statements a page, whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from engine import clock
from engine.actor import Actor
from engine.db import from_micros, to_micros
from engine.workitems.models import OPEN, WorkItem, unpack_groups
from processes.casefile import cursors, lamps
from processes.casefile.cursors import Key, Page
from processes.casefile.masking import masked
from processes.casefile.models import Case, WorkOrder
from processes.inbox import sources
from processes.lights.services import Lights

MOST = 200
COUNTED = 10_000
"""How far tasks are counted."""
Sortable = InstrumentedAttribute[datetime]


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
    key = WorkItem.soonest if wanted.sort == "due" else WorkItem.created_at
    found = sources.of(session, actor, mine=wanted.mine, group=wanted.group, case_no=wanted.case_no)
    parts = [_narrowed(part, wanted) for part in found]

    def batch(after: Key | None, count: int) -> list[Entry]:
        return _entries(session, session.execute(_page(parts, key, after, count)).all(), now) if parts else []

    def sort_keys(entry: Entry) -> Key:
        item = entry.item
        return to_micros(item.soonest if wanted.sort == "due" else item.created_at), item.instance_id, item.task_id

    after = cursors.decode(cursor, int, int, int) if cursor else None
    return cursors.collect(batch, lambda entry: _lit(entry.lights, wanted), sort_keys, after, max(1, min(limit, MOST)))


def counts(session: Session, actor: Actor) -> Counts:
    """The numbers at the head of the inbox, whatever its filter, each up to one more than `COUNTED`: beyond that nobody needs
    to know, and counting would cost more than the whole page."""
    own = select(WorkItem.task_id).where(WorkItem.state == OPEN, WorkItem.assignee == actor.id).limit(COUNTED + 1).subquery()
    mine = session.scalar(select(func.count()).select_from(own)) or 0
    parts = sources.of(session, actor)
    if not parts:
        return Counts(0, mine, 0)
    some = [select(select(WorkItem.assignee).where(part).limit(COUNTED + 1).subquery()) for part in parts]
    seen = union_all(*some).subquery()
    everything, free = session.execute(select(func.count(), func.count().filter(seen.c.assignee.is_(None)))).one()
    return Counts(min(everything, COUNTED + 1), mine, min(free, COUNTED + 1))


def _narrowed(part: ColumnElement[bool], wanted: TaskFilter) -> ColumnElement[bool]:
    conditions = [part]
    if wanted.free:
        conditions.append(WorkItem.assignee.is_(None))
    if wanted.q and (words := wanted.q.strip()):
        number = WorkItem.business_key.startswith(words.upper(), autoescape=True)
        titled = select(Case.case_no).where(Case.case_no == WorkItem.business_key, Case.title.contains(words, autoescape=True))
        conditions.append(or_(number, titled.exists()))
    if wanted.element_id:
        conditions.append(WorkItem.element_id == wanted.element_id)
    return and_(*conditions)


def _page(parts: Sequence[ColumnElement[bool]], key: Sortable, after: Key | None, count: int) -> Select[WorkItem, Case, WorkOrder]:
    """The next rows after a key: a few from each part, each found by an index in the order of the list, merged."""
    order = (key, WorkItem.instance_id, WorkItem.task_id)
    picked = []
    for part in parts:
        one = select(*order).where(part).order_by(*order).limit(count)
        if after is not None:
            micros, instance_id, task_id = (int(value or 0) for value in after)
            one = one.where(tuple_(*order) > (from_micros(micros), instance_id, task_id))
        picked.append(select(one.subquery()))
    first = union_all(*picked).order_by(key.key, "instance_id", "task_id").limit(count).subquery()
    same = and_(WorkItem.instance_id == first.c.instance_id, WorkItem.task_id == first.c.task_id)
    return (
        select(WorkItem, Case, WorkOrder)
        .select_from(first)
        .join(WorkItem, same)
        .outerjoin(Case, Case.case_no == WorkItem.business_key)
        .outerjoin(WorkOrder, WorkOrder.instance_id == WorkItem.instance_id)
        .order_by(*order)
    )


def _entries(session: Session, rows: Sequence[Any], now: datetime) -> list[Entry]:
    """Lines with their lamps; the case's orders are read at once for all lines that show the case's own lamps."""
    own = {case.case_no for _item, case, order in rows if case is not None and order is None and case.first_dispatched_at}
    orders = lamps.orders_of(session, own)
    entries = []
    for item, case, order in rows:
        if order is not None:
            lights = lamps.of_order(session, order, now)
        else:
            lights = lamps.of_case(session, case, orders.get(case.case_no, ()), now) if case is not None else Lights()
        entries.append(Entry(item, case, order, lights))
    return entries


def _lit(lights: Lights, wanted: TaskFilter) -> bool:
    return wanted.age in (None, "", lights.age) and wanted.due in (None, "", lights.due)
