"""Where a call leads whoever has it: to an emergency first, else to its form, its case, or a new case."""

from dataclasses import dataclass
from typing import Final

from flask import url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.auth.rights import OPEN_CASES
from api.telephony.pop.services import own_call
from api.web.i18n import N_
from engine.actor import Actor
from engine.workitems.models import OPEN, WorkItem, unpack_groups
from processes.contacts import services as contacts
from telephony.calls.models import PhoneCall

REGISTER: Final = "register"
"""The task of the intake in which a call is taken down."""
FIRST: Final = ("judge", "check_again")
"""Of urgent tasks those that hold what a pager's call is answered with (应急判断, 再次按键): the elder's whole profile."""
FORM, CASE = N_("打开登记表"), N_("打开案件")


@dataclass(frozen=True, slots=True)
class Lead:
    """Where to, what is said on the way there, and the task's public id, empty where no task waits; `urgent` is somebody's life.

    `besides` is where a further case of the same call is opened, once the call is taken down; empty for who may not.
    """

    address: str
    label: str
    task: str = ""
    urgent: bool = False
    besides: str = ""


def lead(session: Session, actor: Actor, call_id: str) -> Lead | None:
    """Where a call leads the actor; None for who has nothing to do in it and may not open cases. Raises `NoCall`, `NotYourCall`.

    Urgent tasks of the call's cases go before its own form, that one before their other tasks: a pager rings for somebody who lies
    on the floor, and what the citizen says now is taken down before anything else.
    """
    cases = contacts.cases_of(session, call_id)
    call = session.get(PhoneCall, call_id)
    if call is not None and call.case_no:
        cases = [call.case_no, *cases]
    blank = url_for("web.seat.new_case", call_id=call_id) if actor.groups & frozenset(OPEN_CASES) else ""
    tasks = _open_to(session, actor, [call_id, *cases])
    if tasks:
        task = min(tasks, key=lambda item: (_rank(item, call_id), item.soonest, item.instance_id, item.task_id))
        form = _takes_down(task, call_id)
        besides = "" if form or task.urgent else blank
        return Lead(url_for("web.tasks.show", task_id=task.public_id), FORM if form else task.name, task.public_id, task.urgent, besides)
    own_call(session, actor, call_id)
    if cases:
        return Lead(url_for("web.cases.sheet", case_no=cases[0]), CASE, besides=blank)
    return Lead(blank, FORM) if blank else None


def register_task(session: Session, actor: Actor, call_id: str) -> str | None:
    """The open task of the intake for a call, if it is the actor's or anybody's of their groups."""
    return next((item.public_id for item in _open_to(session, actor, [call_id]) if _takes_down(item, call_id)), None)


def _open_to(session: Session, actor: Actor, keys: list[str]) -> list[WorkItem]:
    """The open tasks under some keys that the actor has claimed, or may."""
    free_or_own = or_(WorkItem.assignee == actor.id, WorkItem.assignee.is_(None))
    items = session.scalars(select(WorkItem).where(WorkItem.business_key.in_(keys), WorkItem.state == OPEN, free_or_own))
    return [item for item in items if item.assignee == actor.id or actor.may_act_for(frozenset(unpack_groups(item.candidate_groups)))]


def _takes_down(item: WorkItem, call_id: str) -> bool:
    return item.business_key == call_id and item.element_id == REGISTER


def _rank(item: WorkItem, call_id: str) -> tuple[int, int]:
    place = FIRST.index(item.element_id) if item.element_id in FIRST else len(FIRST)
    return (0 if item.urgent else 1 if _takes_down(item, call_id) else 2, place)
