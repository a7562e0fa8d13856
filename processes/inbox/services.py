"""Tasks visible to an actor, filtered and sorted; three statements a page, whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, CompoundSelect, Integer, bindparam, func, literal_column, select, tuple_, union_all
from sqlalchemy.orm import Session

from engine import clock, cursors
from engine.actor import Actor
from engine.cursors import Key, Page
from engine.db import Instant, from_micros, to_micros
from engine.definitions import current
from engine.prepared import Prepared
from engine.workitems.models import unpack_groups
from processes.casefile import lamps
from processes.casefile.masking import masked
from processes.casefile.rows import LampOrder
from processes.inbox import rows, sources
from processes.inbox.rows import Item, ItemCase
from processes.inbox.sources import ITEM, Part, Values
from processes.lights.services import Lights

MOST = 200
FEW = 51
"""What a page of the usual length asks for: one more than it shows."""
COUNTED = 10_000
"""How far tasks are counted."""
KEPT = 256
"""How many forms of each statement stay compiled: one for each number of groups' combinations and each set of filters."""


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

    item: Item
    case: ItemCase | None
    order: LampOrder | None
    lights: Lights

    @property
    def due_at(self) -> datetime | None:
        """When the task is due, else its work order."""
        return self.item.due_at or (self.order.due_at if self.order else None)

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
            "due_at": self.due_at,
            "work_order": order.number if order else None,
            "unit": order.unit if order else None,
            "lights": self.lights.as_json(),
        }


def tasks(session: Session, actor: Actor, wanted: TaskFilter, cursor: str | None = None, limit: int = 50) -> Page[Entry]:
    """The open tasks that an actor may act on or has claimed, oldest first, or what is urgent and then
    what is soonest due. Raises `BadCursor`."""
    now = clock.now()
    key = "soonest" if wanted.sort == "due" else "created_at"
    found, values = sources.of(session, actor, mine=wanted.mine, group=wanted.group, case_no=wanted.case_no)
    names, more = _narrowed(wanted)
    parts = tuple((*part, *names) for part in found)

    def batch(after: Key | None, count: int) -> list[Entry]:
        if not parts:
            return []
        behind = {} if after is None else _behind(after)
        given = {**values, **more, **behind, "count": count}
        return _entries(session, _page(parts, key, bool(behind), count > FEW).all(session.connection(), given), now)

    def sort_keys(entry: Entry) -> Key:
        item = entry.item
        return to_micros(item.soonest if wanted.sort == "due" else item.created_at), item.instance_id, item.task_id

    after = cursors.decode(cursor, cursors.MOMENT, cursors.ID, cursors.PLACE) if cursor else None
    return cursors.collect(batch, lambda entry: _lit(entry.lights, wanted), sort_keys, after, max(1, min(limit, MOST)))


def counts(session: Session, actor: Actor) -> Counts:
    """The numbers at the head of the inbox, whatever its filter, each up to one more than `COUNTED`: beyond that nobody needs
    to know, and counting would cost more than the whole page."""
    parts, values = sources.of(session, actor)
    return Counts(*_counts(tuple(parts)).first(session.connection(), values))


def _narrowed(wanted: TaskFilter) -> tuple[Part, Values]:
    """The conditions of a filter beside the sources, and their values."""
    names: list[str] = []
    values: dict[str, Any] = {}
    if wanted.free:
        names.append("free")
    if wanted.q and (words := wanted.q.strip()):
        names.append("words")
        values |= {"number": f"{sources.escaped(words.upper())}%", "title": f"%{sources.escaped(words)}%"}
    if wanted.element_id:
        names.append("element")
        values["element"] = wanted.element_id
    return tuple(names), values


def _behind(after: Key) -> Values:
    micros, instance_id, task_id = (int(value) for value in after)
    return {"after_key": from_micros(micros), "after_instance": instance_id, "after_task": task_id}


@lru_cache(maxsize=KEPT)
def _page(parts: tuple[Part, ...], key: str, behind: bool, many: bool) -> Prepared:
    """The next rows, or those behind a key: a few from each part, each found by an index in the order of the list, merged."""
    keys = (key, "instance_id", "task_id")
    after = tuple_(
        bindparam("after_key", type_=Instant()), bindparam("after_instance", type_=BigInteger()), bindparam("after_task", type_=Integer())
    )
    picked = []
    for part in parts:
        here = select(*(ITEM.c[name] for name in keys)).where(sources.condition(part))
        if "mine" in part:
            # what somebody has claimed is sorted by itself (`OFFSET 0` keeps it apart): a database that believes it to be much would
            # follow the order of the list through everybody's tasks in search of it
            here = select(here.offset(literal_column("0")).subquery())
        order = [here.selected_columns[name] for name in keys]
        if behind:
            here = here.where(tuple_(*order) > after)
        # the number stands in the text: by an unknown one PostgreSQL would rather sort everything than follow the index
        picked.append(select(here.order_by(*order).limit(literal_column(str(MOST + 1 if many else FEW))).subquery()))
    first = union_all(*picked).order_by(*keys).limit(bindparam("count", type_=Integer())).subquery()
    return Prepared(rows.lines(first).order_by(*(ITEM.c[name] for name in keys)))


@lru_cache(maxsize=KEPT)
def _counts(parts: tuple[Part, ...]) -> Prepared:
    """How many tasks an actor sees, has claimed, could claim; all three out of indexes alone."""
    free = [(*part, "free") for part in parts if "mine" not in part]
    figures = {"all": parts, "mine": [("mine",)], "free": free}
    return Prepared(select(*(_count(of).label(name) for name, of in figures.items())))


def _count(parts: Sequence[Part]) -> ColumnElement[Any]:
    if not parts:
        return literal_column("0", Integer())
    some: CompoundSelect[Any] = union_all(*(select(literal_column("1")).where(sources.condition(part)) for part in parts))
    return select(func.count()).select_from(some.limit(COUNTED + 1).subquery()).scalar_subquery()


def _entries(session: Session, found: Sequence[Any], now: datetime) -> list[Entry]:
    """Lines with their lamps; the case's orders are read at once for all lines that show the case's own lamps."""
    if found:
        current.seen(session, found[0].epoch)  # or the first lamp would ask for it
    lines = [rows.split(row) for row in found]
    own = {case.case_no for _item, case, order in lines if case is not None and order is None and case.first_dispatched_at}
    orders = lamps.orders_of(session, own)
    entries = []
    for item, case, order in lines:
        if order is not None:
            lights = lamps.of_order(session, order, now)
        else:
            lights = lamps.of_case(session, case, orders.get(case.case_no, ()), now) if case is not None else Lights()
        entries.append(Entry(item, case, order, lights))
    return entries


def _lit(lights: Lights, wanted: TaskFilter) -> bool:
    return wanted.age in (None, "", lights.age) and wanted.due in (None, "", lights.due)
