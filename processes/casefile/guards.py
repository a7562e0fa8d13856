"""Finding the rows that a command speaks of, or saying clearly why not."""

from typing import Any, TypeVar

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine.context import Context
from engine.errors import Conflict, NotFound
from processes.casefile.models import Case, WorkOrder


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


Row = TypeVar("Row", Case, WorkOrder)
HELD = "rows of the case file"
"""Where a session keeps rows alive: its own map forgets those that nobody refers to, and a form with twenty prefills would
read its case twenty times."""


def hold(session: Session, row: Row) -> Row:
    """Keep a row in its session's map until the session ends, so that the next look costs no statement."""
    session.info.setdefault(HELD, []).append(row)
    return row


def case_of(session: Session, case_no: str) -> Case:
    """The case with this number; read once a session. Raises `NoSuchCase`."""
    case = session.get(Case, case_no)
    if case is None:
        raise NoSuchCase(case_no=case_no)
    return hold(session, case)


def order_of(session: Session, number: str) -> WorkOrder:
    """The work order with this number; read once a session. Raises `NoSuchOrder`."""
    order = session.get(WorkOrder, number)
    if order is None:
        raise NoSuchOrder(work_order=number)
    return hold(session, order)


def change_order(session: Session, number: str, **values: Any) -> WorkOrder:
    """Change a work order's columns and have it at hand afterwards, in one statement. Raises `NoSuchOrder`."""
    changed = update(WorkOrder).where(WorkOrder.number == number).values(**values).returning(WorkOrder)
    order = session.scalar(changed.execution_options(populate_existing=True))
    if order is None:
        raise NoSuchOrder(work_order=number)
    return hold(session, order)


def order_in(context: Context) -> WorkOrder:
    """The work order that the process at hand is about, named by its variable `work_order`. Raises `NoSuchOrder`."""
    return order_of(context.session, str(context.variables.get("work_order")))
