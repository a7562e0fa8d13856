"""Where an actor's open tasks lie: disjoint parts of the table, each of which an index gives in the order of the list.

A part is the names of its conditions; their values stand beside all parts. So the statements of two people who are offered
as much differ in nothing, and each is built and compiled once.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.db import tables
from engine.prepared import Prepared
from engine.workitems.models import OPEN, WorkItem, unpack_groups
from processes.casefile.models import Case

MOST_PARTS = 200
"""More combinations of groups than any actor meets; a filter by one group keeps an administrator below it."""
READ = "offers of open tasks"
"""Where a session remembers what its transaction has read."""
ITEM, CASE = tables(WorkItem, Case)
STILL = ITEM.c.state == OPEN

Part: TypeAlias = tuple[str, ...]
"""The names of conditions that hold together. A number behind a name says which of its kind it is, behind `seen` how many groups."""
Values: TypeAlias = Mapping[str, Any]


def of(
    session: Session, actor: Actor, *, mine: bool = False, group: str | None = None, case_no: str | None = None
) -> tuple[list[Part], Values]:
    """Parts of `work_item` that exclude each other and together give what the actor sees, or has claimed (`mine`), of all
    tasks, of those offered to a group, or of one case; and their values. At most one statement."""
    values: dict[str, Any] = {"me": actor.id}
    narrowed: Part = ()
    if group is not None:
        narrowed, values["group"] = (*narrowed, "group"), f"%,{escaped(group)},%"
    if case_no is not None:
        narrowed, values["case"] = (*narrowed, "case"), case_no
    if mine:
        return [("mine", *narrowed)], values
    if case_no is not None and not actor.override:
        groups = sorted(actor.groups)
        values |= {f"seen_{number}": f"%,{escaped(name)},%" for number, name in enumerate(groups)}
        return [(f"seen_{len(groups)}", *narrowed)], values
    if actor.override and (group is None or case_no is not None):
        return [narrowed], values
    offered = [packed for packed in offers(session) if _may(actor, packed) and (group is None or group in unpack_groups(packed))]
    places = range(len(offered[:MOST_PARTS]))
    values |= {f"offered_{place}": offered[place] for place in places}
    parts: list[Part] = [(f"offered_{place}",) for place in places]
    if not actor.override:
        # what was delegated to somebody whom it is not offered to
        values |= {f"beside_{place}": offered[place] for place in places}
        parts.append(("mine", *(f"beside_{place}" for place in places), *narrowed))
    return parts, values


def condition(part: Part) -> ColumnElement[bool]:
    """The open tasks of a part, as a condition with a parameter for each value."""
    return and_(STILL, *(_CONDITIONS[name.partition("_")[0]](name) for name in part))


def offers(session: Session) -> list[str]:
    """The different combinations of groups that open tasks are offered to, found by hopping through an index; once in a
    transaction, which only reads."""
    connection = session.connection()
    transaction: object
    found: list[str]
    transaction, found = session.info.get(READ, (None, []))
    if transaction is None or transaction is not connection.get_transaction():
        found = [row.packed for row in _OFFERS.all(connection, {}) if row.packed is not None]
        session.info[READ] = connection.get_transaction(), found
    return found


def escaped(text: str) -> str:
    """A text as it stands for itself in a pattern of LIKE."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def _hops() -> Prepared:
    column = ITEM.c.candidate_groups
    first = select(func.min(column).label("packed")).where(STILL).cte("offers", recursive=True)
    following = select(func.min(column)).where(STILL, column > first.c.packed).scalar_subquery()
    found = first.union_all(select(following).where(first.c.packed.is_not(None)))
    return Prepared(select(found.c.packed))


def _may(actor: Actor, packed: str) -> bool:
    return not packed or actor.may_act_for(frozenset(unpack_groups(packed)))


def _seen(name: str) -> ColumnElement[bool]:
    groups = [ITEM.c.candidate_groups.like(bindparam(f"seen_{number}"), escape="/") for number in range(int(name.partition("_")[2]))]
    return or_(ITEM.c.assignee == bindparam("me"), ITEM.c.candidate_groups == "", *groups)


def _words(_name: str) -> ColumnElement[bool]:
    titled = select(CASE.c.case_no).where(CASE.c.case_no == ITEM.c.business_key, CASE.c.title.like(bindparam("title"), escape="/"))
    return or_(ITEM.c.business_key.like(bindparam("number"), escape="/"), titled.exists())


_OFFERS = _hops()
_CONDITIONS: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    "mine": lambda _name: ITEM.c.assignee == bindparam("me"),
    "free": lambda _name: ITEM.c.assignee.is_(None),
    "offered": lambda name: ITEM.c.candidate_groups == bindparam(name),
    "beside": lambda name: ITEM.c.candidate_groups != bindparam(name),
    "seen": _seen,
    "group": lambda name: ITEM.c.candidate_groups.like(bindparam(name), escape="/"),
    "case": lambda name: ITEM.c.business_key == bindparam(name),
    "element": lambda name: ITEM.c.element_id == bindparam(name),
    "words": _words,
}
