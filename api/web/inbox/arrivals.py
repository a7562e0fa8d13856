"""A task that has just appeared, as its notice tells it."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.web.telephony.subjects import subjects
from engine import clock
from engine.actor import Actor
from engine.workitems.models import OPEN, WorkItem, split_id, unpack_groups
from processes.casefile.masking import masked
from processes.casefile.models import Case

NEW = timedelta(minutes=2)
"""How old a task may be and still be announced as new: an old one that only changed hands is none."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One new task. `name` is a message to translate; `case_no` is empty while it is about a call."""

    id: str
    name: str
    case_no: str
    title: str
    urgent: bool


def arrival(session: Session, actor: Actor, task_id: str) -> Arrival | None:
    """A new task for the actor or a group of theirs; None where it is not new, over, somebody else's, or there is none."""
    pair = split_id(task_id)
    item = None if pair is None else session.get(WorkItem, pair)
    if item is None or item.state != OPEN or clock.now() - item.created_at > NEW:
        return None
    mine = item.assignee == actor.id
    if not mine and (item.assignee is not None or not actor.may_act_for(frozenset(unpack_groups(item.candidate_groups)))):
        return None
    title = session.scalar(select(Case.title).where(Case.case_no == item.business_key))
    call = subjects(session, [item.business_key]).get(item.business_key) if title is None else None
    return Arrival(task_id, item.name, "" if call else item.business_key, call or masked(title or ""), item.urgent)
