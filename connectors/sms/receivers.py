"""Whom a message goes to: the citizen of the case, its units, or the centre itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.orm import Session

from connectors.sms.templates import CENTRE, CITIZEN, NO_NAME, Facts
from processes.casefile.guards import case_of, lock_case, order_named, orders_of
from processes.casefile.links import merged_cases
from processes.casefile.rows import CaseRow, OrderRow
from processes.deadlines.zone import LOCAL

UNIT, UNIT_LEADER = "unit", "unit_leader"
SIDES = (CITIZEN, UNIT, UNIT_LEADER, CENTRE)
CALLERS: Final = "callers"
"""The citizen of the case and those of the cases merged into it (并案, C27), each once: what a diagram says for `citizen` where
everybody who called about the matter is to be told."""
NO_PHONE: Final = "no_phone"
ANONYMOUS: Final = "anonymous"
OPTED_OUT: Final = "opted_out"
BLOCKED: Final = "blocked"
NO_UNIT: Final = "no_unit"
TOLD_ALREADY: Final = "told_already"
NO_TEXT: Final = "no_text"
REASONS = frozenset({NO_PHONE, ANONYMOUS, OPTED_OUT, BLOCKED, NO_UNIT, TOLD_ALREADY, NO_TEXT})
"""Why somebody is not told."""


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
    if side == CALLERS:
        # what is merged into the case at this moment is either told, too, or refused (`links.check`)
        lock_case(session, case_no)
    orders = _orders(session, case_no, work_order)
    facts = _facts(case_no, orders[0] if orders else None)
    if side == CALLERS:
        return _callers(session, case_of(session, case_no), facts)
    if side == CITIZEN:
        return [_citizen(case_of(session, case_no), facts)]
    if side == CENTRE:
        return [Receiver("", centre_phone or None, None if centre_phone else NO_PHONE, facts)]
    if side not in SIDES:
        raise ValueError(f"there is no side {side!r}: {' '.join(SIDES)}")
    if not orders:
        return [Receiver("", None, NO_UNIT, facts)]
    return [_unit(order) for order in orders]


def _citizen(case: CaseRow, facts: Facts) -> Receiver:
    unsent = ANONYMOUS if case.phone is None else None if case.opted_out_at is None else OPTED_OUT
    return Receiver("", case.phone, unsent, facts)


def _unit(order: OrderRow) -> Receiver:
    return Receiver(order.unit, order.unit_phone or None, None if order.unit_phone else NO_PHONE, _facts(order.case_no, order))


def _callers(session: Session, case: CaseRow, facts: Facts) -> Sequence[Receiver]:
    """The case's citizen first; who called about several of the cases is told once, each by the number of their own case."""
    found = [_citizen(case, facts)]
    merged = [case_of(session, number) for number in merged_cases(session, case.case_no)] if case.has_merged else []
    for other in sorted(merged, key=lambda other: (other.opened_at, other.case_no)):
        told = {receiver.phone for receiver in found}
        receiver = _citizen(other, Facts(other.case_no))
        found.append(replace(receiver, unsent=TOLD_ALREADY) if receiver.phone in told - {None} else receiver)
    return found


def _orders(session: Session, case_no: str, work_order: str | None) -> Sequence[OrderRow]:
    """The orders in question, the leading unit's first."""
    if work_order is not None:
        order = order_named(session, work_order)
        return [] if order is None or order.case_no != case_no else [order]
    orders = [order for order in orders_of(session, case_no) if order.status != "returned"]
    newest = max((order.round for order in orders), default=0)
    return sorted((order for order in orders if order.round == newest), key=lambda order: order.role != "lead")


def _facts(case_no: str, order: OrderRow | None) -> Facts:
    if order is None:
        return Facts(case_no)
    due = order.due_at.astimezone(LOCAL)
    return Facts(case_no, order.number, order.unit_name or NO_NAME, f"{due.month}月{due.day}日{due:%H:%M}", order.ack_minutes)
