"""Finding the rows that a command speaks of, or saying clearly why not."""

from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.context import Context
from engine.errors import Conflict, NotFound
from engine.prepared import Prepared
from processes.casefile.file import opened
from processes.casefile.rows import CASE, ORDER, ORDER_COLUMNS, CaseRow, OrderRow

_LOCK_CASE: Final = Prepared(select(CASE.c.case_no).where(CASE.c.case_no == bindparam("case_no")).with_for_update())
_LOCK_ORDER: Final = Prepared(select(*ORDER_COLUMNS).where(ORDER.c.number == bindparam("number")).with_for_update())


class NoSuchCase(NotFound):
    """没有这个编号的案件。 There is no case with this number."""

    code = "no-such-case"


class NoSuchOrder(NotFound):
    """没有这个编号的转办单。 There is no work order with this number."""

    code = "no-such-work-order"


class CaseClosed(Conflict):
    """案件已经办结，不能再做这个操作。 The case is closed; this is not possible any more."""

    code = "case-closed"


class OrderClosed(Conflict):
    """转办单已经结束，不能再做这个操作。 The work order is closed; this is not possible any more."""

    code = "work-order-closed"


def case_of(session: Session, case_no: str) -> CaseRow:
    """The case with this number; read once a session. Raises `NoSuchCase`."""
    file = opened(session)
    if case_no not in file.cases:
        file.read(session, case_no=case_no)
    try:
        return file.cases[case_no]
    except KeyError:
        raise NoSuchCase(case_no=case_no) from None


def lock_case(session: Session, case_no: str) -> CaseRow:
    """The case with this number as it stands now; nobody else changes it before this transaction ends. Raises `NoSuchCase`."""
    _LOCK_CASE.scalar(session.connection(), {"case_no": case_no})
    opened(session).cases.pop(case_no, None)
    return case_of(session, case_no)


def orders_of(session: Session, case_no: str) -> list[OrderRow]:
    """The work orders of a case in their order, none of an unknown case; read once a session."""
    file = opened(session)
    orders = file.of_case(case_no)
    if orders is None:
        file.read(session, case_no=case_no)
        orders = file.of_case(case_no)
    return orders or []


def orders_now(session: Session, case_no: str) -> list[OrderRow]:
    """The work orders of a case as they stand at this moment: for what other commands decide, too (the last open order)."""
    opened(session).forget_orders(case_no)
    return orders_of(session, case_no)


def round_of(session: Session, case_no: str) -> int:
    """The round of a case's newest work order: 0 at first, one more after each redo (重办)."""
    return max((order.round for order in orders_of(session, case_no)), default=0)


def order_named(session: Session, number: str) -> OrderRow | None:
    """The work order with this number, if there is one; read once a session."""
    file = opened(session)
    if number not in file.orders:
        file.read(session, number=number)
    return file.orders.get(number)


def order_of(session: Session, number: str) -> OrderRow:
    """The work order with this number; read once a session. Raises `NoSuchOrder`."""
    order = order_named(session, number)
    if order is None:
        raise NoSuchOrder(work_order=number)
    return order


def lock_order(session: Session, number: str) -> OrderRow:
    """The work order with this number as it stands now; nobody else changes it before this transaction ends. Raises `NoSuchOrder`."""
    row = _LOCK_ORDER.first(session.connection(), {"number": number})
    if row is None:
        raise NoSuchOrder(work_order=number)
    order = opened(session).orders[number] = OrderRow._make(row)
    return order


def order_in(context: Context) -> OrderRow:
    """The work order that the process at hand is about, named by its variable `work_order`. Raises `NoSuchOrder`."""
    return order_of(context.session, str(context.variables.get("work_order")))
