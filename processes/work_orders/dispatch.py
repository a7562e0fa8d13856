"""Planning and making work orders (派单)."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.context import Context
from engine.errors import Invalid
from engine.prepared import Prepared
from processes.casefile.changes import add_orders, change_case
from processes.casefile.guards import orders_of, round_of
from processes.casefile.models import Satisfaction
from processes.casefile.moments import parse
from processes.casefile.numbers import order_number
from processes.casefile.submitted import names, yes
from processes.deadlines import limits
from processes.deadlines.services import calendar as days
from processes.deadlines.zone import LOCAL

TYPED_BEFORE = timedelta(hours=1)
"""A limit may lie so far back and still be meant: it was typed as "now" on a form that stood open."""
_UNSATISFIED: Final = Prepared(
    select(Satisfaction.id)
    .where(
        Satisfaction.case_no == bindparam("case_no"),
        Satisfaction.round == bindparam("round"),
        Satisfaction.result == "unsatisfied",
    )
    .limit(1)
)


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
        {
            "number": order_number(context.business_key, made + running),
            "case_no": context.business_key,
            "unit": unit,
            "role": "lead" if unit == lead else "assist",
            "round": turn,
            "urgency": urgency,
            "review": yes(needs_review),
            "dispatched_at": context.now,
            "original_due_at": ends,
            "due_at": ends,
            "near_at": near,
            "calendar": calendar,
            "ack_minutes": int(ack_minutes),
        }
        for running, unit in enumerate(units, 1)
    ]
    add_orders(context.session, context.business_key, orders)
    change_case(context.session, context.business_key, once={"first_dispatched_at": context.now}, handled_at=None)
    told = [{"work_order": order["number"], "unit": order["unit"], "role": order["role"]} for order in orders]
    for order in told:
        context.agenda.throw("WoDispatched", {"case_no": context.business_key, **order})
    return told


def _counted(session: Session, case_no: str) -> tuple[int, int]:
    """How many orders the case has had, and the round that new ones belong to: the next after an unsatisfied visit."""
    orders = orders_of(session, case_no)
    if not orders:
        return 0, 0
    turn = round_of(session, case_no)
    unsatisfied = _UNSATISFIED.scalar(session.connection(), {"case_no": case_no, "round": turn}) is not None
    return len(orders), turn + unsatisfied
