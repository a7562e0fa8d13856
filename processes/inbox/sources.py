"""Where an actor's open tasks lie: disjoint parts of the table, each of which an index gives in the order of the list."""

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.workitems.models import OPEN, WorkItem, unpack_groups

MOST_PARTS = 200
"""More combinations of groups than any actor meets; a filter by one group keeps an administrator below it."""
_STILL = WorkItem.state == OPEN


def of(
    session: Session, actor: Actor, *, mine: bool = False, group: str | None = None, case_no: str | None = None
) -> list[ColumnElement[bool]]:
    """Conditions on `work_item` that exclude each other and together give what the actor sees, or has claimed (`mine`), of
    all tasks, of those offered to a group, or of one case. At most one statement."""
    if mine:
        return [_only(WorkItem.assignee == actor.id, group=group, case_no=case_no)]
    if case_no is not None:
        seen = visible(actor)
        return [_only(*([] if seen is None else [seen]), group=group, case_no=case_no)]
    if actor.override and group is None:
        return [_only()]
    offered = [packed for packed in offers(session) if _may(actor, packed) and (group is None or group in unpack_groups(packed))]
    parts = [_only(WorkItem.candidate_groups == packed) for packed in offered[:MOST_PARTS]]
    if not actor.override:
        delegated = and_(WorkItem.assignee == actor.id, WorkItem.candidate_groups.not_in(offered[:MOST_PARTS]))
        parts.append(_only(delegated, group=group))
    return parts


def offers(session: Session) -> list[str]:
    """The different combinations of groups that open tasks are offered to, found by hopping through an index."""
    column = WorkItem.candidate_groups
    first = select(func.min(column).label("packed")).where(_STILL).cte("offers", recursive=True)
    following = select(func.min(column)).where(_STILL, column > first.c.packed).scalar_subquery()
    found = first.union_all(select(following).where(first.c.packed.is_not(None)))
    return [packed for packed in session.scalars(select(found.c.packed)) if packed is not None]


def visible(actor: Actor) -> ColumnElement[bool] | None:
    """The condition under which an actor may act on a task; None for every task."""
    if actor.override:
        return None
    groups = [WorkItem.candidate_groups.contains(f",{group},", autoescape=True) for group in sorted(actor.groups)]
    return or_(WorkItem.assignee == actor.id, WorkItem.candidate_groups == "", *groups)


def _may(actor: Actor, packed: str) -> bool:
    return not packed or actor.may_act_for(frozenset(unpack_groups(packed)))


def _only(*conditions: ColumnElement[bool], group: str | None = None, case_no: str | None = None) -> ColumnElement[bool]:
    narrowed = [_STILL, *conditions]
    if group is not None:
        narrowed.append(WorkItem.candidate_groups.contains(f",{group},", autoescape=True))
    if case_no is not None:
        narrowed.append(WorkItem.business_key == case_no)
    return and_(*narrowed)
