"""The form follows the call: who takes a call over takes over the open form of its intake, with its draft."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.runtime.work import Work
from engine.workitems.models import OPEN, WorkItem

ANSWERED, FORM = "CallAnswered", "register"


def follow(work: Work, message: str, payload: Mapping[str, Any]) -> None:
    """Hand the open form of a call's intake to whoever talks with the caller now; nothing for any other message."""
    agent = payload.get("agent")
    if message != ANSWERED or not agent:
        return
    taken = select(WorkItem).where(
        WorkItem.business_key == payload["call_id"],
        WorkItem.element_id == FORM,
        WorkItem.state == OPEN,
        WorkItem.assignee.is_not(None),
        WorkItem.assignee != agent,
    )
    for item in work.session.scalars(taken).all():
        work.delegate(item.instance_id, item.task_id, str(agent))
