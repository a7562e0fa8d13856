"""What follows a call beyond its own process: the open form of its intake goes with it, who answers a pager has its emergency, and
help that was found by a second press of a pager's key is known to the emergency of the first."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.instances.models import Instance
from engine.messages.models import Subscription
from engine.runtime.work import Work
from engine.spiff.waits import correlate
from engine.workitems.models import OPEN, WorkItem, unpack_groups
from processes.contacts import services as contacts
from processes.registry.accounts import services as accounts

ANSWERED, FORM = "CallAnswered", "register"
CONFIRMED = "PagerConfirmed"


def follow(work: Work, message: str, payload: Mapping[str, Any]) -> None:
    """Do what follows a message of a call; nothing for most."""
    if message == ANSWERED and payload.get("agent"):
        _hand_on(work, str(payload["call_id"]), str(payload["agent"]))
        _take_up(work, str(payload["call_id"]), str(payload["agent"]))
    elif message == CONFIRMED:
        _tell_emergency(work, str(payload["call_id"]), payload)


def _hand_on(work: Work, call_id: str, agent: str) -> None:
    """Who takes a call over takes over the open form of its intake, with its draft."""
    taken = select(WorkItem).where(
        WorkItem.business_key == call_id,
        WorkItem.element_id == FORM,
        WorkItem.state == OPEN,
        WorkItem.assignee.is_not(None),
        WorkItem.assignee != agent,
    )
    for item in work.session.scalars(taken).all():
        work.delegate(item.instance_id, item.task_id, agent)


def _take_up(work: Work, call_id: str, agent: str) -> None:
    """What must be done at once in the cases of a call is in the hands of who has answered it, if nobody else has it."""
    cases = contacts.cases_of(work.session, call_id)
    if not cases:
        return
    waiting = select(WorkItem).where(WorkItem.business_key.in_(cases), WorkItem.state == OPEN, WorkItem.assignee.is_(None))
    urgent = [item for item in work.session.scalars(waiting).all() if item.urgent]
    account = accounts.active(work.session, agent) if urgent else None
    groups = accounts.actor_of(account).groups if account is not None else frozenset()
    for item in urgent:
        if groups & frozenset(unpack_groups(item.candidate_groups)):
            work.delegate(item.instance_id, item.task_id, agent)


def _tell_emergency(work: Work, call_id: str, payload: Mapping[str, Any]) -> None:
    """A contact has said in a later press's call that they go: the emergency waits for, or will look under, another call."""
    own = correlate("call_id", call_id)
    for case_no in contacts.cases_of(work.session, call_id):
        calls = contacts.calls_of(work.session, case_no)
        if calls[0] == call_id:
            continue
        waiting = select(Subscription.correlation).join(Instance, Instance.id == Subscription.instance_id)
        found = work.session.scalars(waiting.where(Instance.business_key == case_no, Subscription.message == CONFIRMED)).all()
        if own not in found:
            work.send(CONFIRMED, found or [correlate("call_id", calls[0])], payload)
