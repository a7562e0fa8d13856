"""What the units answered, and what the citizen is told."""

from sqlalchemy.orm import Session

from processes.casefile.guards import case_of, orders_of
from processes.casefile.rows import OrderRow


def lead_order(session: Session, case_no: str) -> OrderRow | None:
    """The leading unit's answered work order of the latest round; None while there is none."""
    leads = [order for order in _answered(session, case_no) if order.role == "lead"]
    return max(leads, key=lambda order: (order.round, order.number), default=None)


def answer(session: Session, case_no: str) -> str | None:
    """What the citizen is told: the answer that the hotline wrote, else the leading unit's reply. Raises `NoSuchCase`."""
    written = case_of(session, case_no).answer
    if written is not None:
        return written
    lead = lead_order(session, case_no)
    return None if lead is None else lead.reply


def all_replies(session: Session, case_no: str) -> str | None:
    """All units' replies of the latest round, each under its unit's name; None while there is none."""
    orders = [order for order in _answered(session, case_no) if order.reply]
    if not orders:
        return None
    latest = max(order.round for order in orders)
    return "\n\n".join(f"【{order.unit_name or order.unit}】{order.reply}" for order in orders if order.round == latest)


def _answered(session: Session, case_no: str) -> list[OrderRow]:
    return [order for order in orders_of(session, case_no) if order.status == "done"]
