"""What the units answered, and what the citizen is told."""

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer_group

from processes.casefile.models import Case, WorkOrder
from processes.registry.units.services import names


def lead_order(session: Session, case_no: str) -> WorkOrder | None:
    """The leading unit's answered work order of the latest round; None while there is none."""
    leads = [order for order in _answered(session, case_no) if order.role == "lead"]
    return max(leads, key=lambda order: (order.round, order.number), default=None)


def answer(session: Session, case: Case) -> str | None:
    """What the citizen is told: the answer that the hotline wrote, else the leading unit's reply."""
    if case.answer is not None:
        return case.answer
    lead = lead_order(session, case.case_no)
    return None if lead is None else lead.reply


def all_replies(session: Session, case_no: str) -> str | None:
    """All units' replies of the latest round, each under its unit's name; None while there is none."""
    orders = [order for order in _answered(session, case_no) if order.reply]
    if not orders:
        return None
    latest = max(order.round for order in orders)
    named = names(session, {order.unit for order in orders})
    return "\n\n".join(f"【{named.get(order.unit, order.unit)}】{order.reply}" for order in orders if order.round == latest)


def _answered(session: Session, case_no: str) -> list[WorkOrder]:
    done = select(WorkOrder).where(WorkOrder.case_no == case_no, WorkOrder.status == "done").order_by(WorkOrder.number)
    return list(session.scalars(done.options(undefer_group("sealed"))))
