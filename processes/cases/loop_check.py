"""The nightly check of the closed loop (E03): no open case may stand without a task, a timer or an end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from engine.context import Context
from engine.instances.models import Instance
from engine.timers.models import FAILED, Timer
from engine.workitems.models import OPEN, WorkItem
from processes.casefile.models import Case

MOST = 20
"""Stuck cases that one check takes up; a command causes a bounded number of starts."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A case that nothing and nobody will move any more."""

    case_no: str
    category: str
    opened_at: datetime


def find(session: Session) -> list[Stuck]:
    """Every open case with neither an open task nor a waiting timer in any of its instances, oldest first; one statement."""
    query = select(Case.case_no, Case.category, Case.opened_at).where(*_conditions()).order_by(Case.opened_at)
    return [Stuck(*row) for row in session.execute(query)]


def loop_check(context: Context, *, process: str) -> dict[str, int]:
    """闭环检查 Start a process for every stuck case, so that somebody has a task for it; answers how many there are.

    No more than `MOST` are started at once: the rest are found the next night.
    """
    stuck = find(context.session)
    for case in stuck[:MOST]:
        context.agenda.start(process, case.case_no, {"case_no": case.case_no, "category": case.category})
    context.marks["stuck"] = [case.case_no for case in stuck[:MOST]]
    return {"count": len(stuck)}


def _conditions() -> tuple[Any, ...]:
    task = exists().where(WorkItem.business_key == Case.case_no, WorkItem.state == OPEN)
    # by way of the instances, because only they are indexed by their case
    timer = exists().where(Timer.instance_id == Instance.id, Timer.state != FAILED, Instance.business_key == Case.case_no)
    return Case.status == "open", ~task, ~timer
