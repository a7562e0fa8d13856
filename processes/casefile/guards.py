"""Finding the rows that a command speaks of, or saying clearly why not."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, update
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningUpdate

from engine.context import Context
from engine.db import tables
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


(ORDER,) = tables(WorkOrder)
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


def change_order(session: Session, number: str, *, once: Mapping[str, Any] | None = None, **values: Any) -> WorkOrder:
    """Change a work order's columns, those in `once` only where they are still empty, and have the order at hand, in one
    statement. Raises `NoSuchOrder`."""
    first = once or {}
    statement = _change(tuple(sorted(values)), tuple(sorted(first)))
    return _changed(session, statement, {"b_number": number, **values, **first})


def count_order(session: Session, number: str, column: str) -> int:
    """Add one to a work order's counter and answer it, in one statement. Raises `NoSuchOrder`."""
    count: int = getattr(_changed(session, _count(column), {"b_number": number}), column)
    return count


@cache
def _change(names: tuple[str, ...], once: tuple[str, ...]) -> ReturningUpdate[Any]:
    """Built once for each set of columns: with the ORM, building it costs several times what running it does."""
    plain = {name: bindparam(name, type_=ORDER.c[name].type) for name in names}
    first = {name: func.coalesce(ORDER.c[name], bindparam(name, type_=ORDER.c[name].type)) for name in once}
    return update(ORDER).where(ORDER.c.number == bindparam("b_number")).values({**plain, **first}).returning(*ORDER.c)


@cache
def _count(column: str) -> ReturningUpdate[Any]:
    return update(ORDER).where(ORDER.c.number == bindparam("b_number")).values({column: ORDER.c[column] + 1}).returning(*ORDER.c)


def _changed(session: Session, statement: ReturningUpdate[Any], values: Mapping[str, Any]) -> WorkOrder:
    row = session.connection().execute(statement, values).mappings().first()
    if row is None:
        raise NoSuchOrder(work_order=values["b_number"])
    known: WorkOrder | None = session.identity_map.get(session.identity_key(WorkOrder, row["number"]))
    if known is not None:
        for name, value in row.items():
            set_committed_value(known, name, value)
        return known
    order = WorkOrder(**row)
    make_transient_to_detached(order)
    session.add(order)
    return hold(session, order)


def order_in(context: Context) -> WorkOrder:
    """The work order that the process at hand is about, named by its variable `work_order`. Raises `NoSuchOrder`."""
    return order_of(context.session, str(context.variables.get("work_order")))
