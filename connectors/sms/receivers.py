"""Whom a message goes to: the citizen of the case, its units, or the centre itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from connectors.sms.models import SmsOptOut
from connectors.sms.templates import CENTRE, CITIZEN, NO_NAME, Facts
from processes.casefile.models import Case, WorkOrder
from processes.deadlines.zone import LOCAL
from processes.registry.citizens.models import Citizen
from processes.registry.units.models import Unit

UNIT, UNIT_LEADER = "unit", "unit_leader"
SIDES = (CITIZEN, UNIT, UNIT_LEADER, CENTRE)
NO_PHONE: Final = "no_phone"
ANONYMOUS: Final = "anonymous"
OPTED_OUT: Final = "opted_out"
NO_UNIT: Final = "no_unit"


# built once: nearly every step of a case tells somebody
_CITIZEN = (
    select(Citizen.phone, SmsOptOut.at)
    .select_from(Case)
    .outerjoin(Citizen, Citizen.id == Case.citizen_id)
    .outerjoin(SmsOptOut, SmsOptOut.phone_index == Citizen.phone_index)
    .where(Case.case_no == bindparam("case"))
)
_ORDERS = (
    select(
        WorkOrder.number,
        WorkOrder.unit,
        WorkOrder.role,
        WorkOrder.round,
        WorkOrder.due_at,
        WorkOrder.ack_minutes,
        Unit.name,
        Unit.phone,
    )
    .outerjoin(Unit, Unit.code == WorkOrder.unit)
    .where(WorkOrder.case_no == bindparam("case"))
    .order_by(WorkOrder.role.desc(), WorkOrder.number)
)
_ORDER = _ORDERS.where(WorkOrder.number == bindparam("order"))
_NOT_RETURNED = _ORDERS.where(WorkOrder.status != "returned")


@dataclass(frozen=True, slots=True)
class Receiver:
    """One receiver. `code` is the unit's, else empty; without a phone, `unsent` says why."""

    code: str
    phone: str | None
    unsent: str | None
    facts: Facts


def receivers(session: Session, case_no: str, work_order: str | None, side: str, centre_phone: str) -> Sequence[Receiver]:
    """Whoever is meant by a side: about one work order when it is named, else about the case's newest round of orders.

    A unit's leader is reached by the unit's own number. Raises `ValueError` for a side there is not.
    """
    orders = _orders(session, case_no, work_order)
    if side == CITIZEN:
        return [_citizen(session, case_no, _facts(case_no, orders[0] if orders else None))]
    if side == CENTRE:
        return [Receiver("", centre_phone or None, None if centre_phone else NO_PHONE, _facts(case_no, orders[0] if orders else None))]
    if side not in SIDES:
        raise ValueError(f"there is no side {side!r}: {' '.join(SIDES)}")
    if not orders:
        return [Receiver("", None, NO_UNIT, _facts(case_no, None))]
    return [Receiver(order.unit, order.phone or None, None if order.phone else NO_PHONE, _facts(case_no, order)) for order in orders]


def _citizen(session: Session, case_no: str, facts: Facts) -> Receiver:
    row = session.connection().execute(_CITIZEN, {"case": case_no}).one_or_none()
    if row is None or row.phone is None:
        return Receiver("", None, ANONYMOUS, facts)
    return Receiver("", row.phone, None if row.at is None else OPTED_OUT, facts)


_Order = Row[str, str, str, int, datetime, int, str | None, str | None]


def _orders(session: Session, case_no: str, work_order: str | None) -> Sequence[_Order]:
    """The orders in question, the leading unit's first."""
    connection = session.connection()
    if work_order is not None:
        return connection.execute(_ORDER, {"case": case_no, "order": work_order}).all()
    rows = connection.execute(_NOT_RETURNED, {"case": case_no}).all()
    newest = max((row.round for row in rows), default=0)
    return [row for row in rows if row.round == newest]


def _facts(case_no: str, order: _Order | None) -> Facts:
    if order is None:
        return Facts(case_no)
    due = order.due_at.astimezone(LOCAL)
    return Facts(case_no, order.number, order.name or NO_NAME, f"{due.month}月{due.day}日{due:%H:%M}", order.ack_minutes)
