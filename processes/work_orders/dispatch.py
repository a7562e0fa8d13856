"""Planning and making work orders (派单)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, literal, select, update
from sqlalchemy.orm import Session

from engine.context import Context
from engine.db import Instant
from engine.errors import Invalid
from processes.casefile.guards import hold
from processes.casefile.models import Case, Satisfaction, WorkOrder
from processes.casefile.moments import parse
from processes.casefile.numbers import order_number
from processes.casefile.submitted import names, yes
from processes.deadlines import limits
from processes.deadlines.services import calendar as days
from processes.deadlines.zone import LOCAL

TYPED_BEFORE = timedelta(hours=1)
"""A limit may lie so far back and still be meant: it was typed as "now" on a form that stood open."""


def plan(
    context: Context, *, lead: Any, assist: Any = None, needs_review: Any = None, due_days: float, calendar: str, ack_minutes: int
) -> dict[str, Any]:
    """派单方案 The dispatch that the decision tables propose; a reviewer sees it as defaults."""
    due = limits.due_at(days(context.session), context.now, due_days, calendar)
    return {
        "lead": lead,
        "assist": names(assist),
        "review": yes(needs_review),
        "due": due.astimezone(LOCAL).isoformat(timespec="seconds"),
        "calendar": calendar,
        "ack_minutes": int(ack_minutes),
    }


def create(
    context: Context,
    *,
    lead: str | None = None,
    assist: Any = None,
    due: str,
    calendar: str,
    ack_minutes: int,
    urgency: str | None = None,
    needs_review: Any = None,
) -> list[dict[str, Any]]:
    """派单 Make one work order for the leading unit and one for each assisting one, and tell their process (WoDispatched).

    Only assisting units are named when an assisting one is replaced. A dispatch after an unsatisfied visit opens the
    case's next round (重办). Raises `Invalid` without any unit.
    """
    units = list(dict.fromkeys([*names(lead), *names(assist)]))
    if not units:
        raise Invalid("没有承办单位，不能派单。 There is no unit to dispatch to.", errors={"lead": "必填。 Required."})
    ends = parse(due, "due")
    if ends < context.now - TYPED_BEFORE:
        raise Invalid(errors={"due": "承办期限已经过去，请另定。 The limit has passed already; set another."})
    near = limits.near_at(days(context.session), context.now, ends, calendar)
    made, turn = _counted(context.session, context.business_key)
    orders = [
        WorkOrder(
            number=order_number(context.business_key, made + running),
            case_no=context.business_key,
            unit=unit,
            role="lead" if unit == lead else "assist",
            round=turn,
            urgency=urgency,
            review=yes(needs_review),
            dispatched_at=context.now,
            original_due_at=ends,
            due_at=ends,
            near_at=near,
            calendar=calendar,
            ack_minutes=int(ack_minutes),
        )
        for running, unit in enumerate(units, 1)
    ]
    context.session.add_all(orders)
    context.session.flush()
    for made_order in orders:
        hold(context.session, made_order)
    context.session.execute(
        update(Case)
        .where(Case.case_no == context.business_key)
        .values(first_dispatched_at=func.coalesce(Case.first_dispatched_at, literal(context.now, Instant())), handled_at=None)
    )
    told = [{"work_order": order.number, "unit": order.unit, "role": order.role} for order in orders]
    for order in told:
        context.agenda.throw("WoDispatched", {"case_no": context.business_key, **order})
    return told


def _counted(session: Session, case_no: str) -> tuple[int, int]:
    """How many orders the case has had, and the round that new ones belong to: the next after an unsatisfied visit."""
    made, turn = session.execute(
        select(func.count(), func.coalesce(func.max(WorkOrder.round), 0)).where(WorkOrder.case_no == case_no)
    ).one()
    if not made:
        return 0, 0
    unsatisfied = select(Satisfaction.id).where(
        Satisfaction.case_no == case_no, Satisfaction.round == turn, Satisfaction.result == "unsatisfied"
    )
    return made, turn + (session.scalar(unsatisfied.limit(1)) is not None)
