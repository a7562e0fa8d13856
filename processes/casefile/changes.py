"""Changing the rows of a case file: one prepared statement each, and the open file follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Table, Update, bindparam, func, update
from sqlalchemy.orm import Session

from engine.inserts import insertion
from engine.prepared import Call, Prepared, together
from processes.casefile import titles
from processes.casefile.file import opened
from processes.casefile.guards import NoSuchCase, NoSuchOrder, case_of
from processes.casefile.models import CaseEntry, WorkOrder
from processes.casefile.rows import CASE, ORDER, ORDER_COLUMNS, OrderRow

SHAPES: Final = 256
"""Sets of columns whose statements are kept: a form's optional fields make many sets, and few of them come up."""
_ADD_ORDER, _ENTER = insertion(WorkOrder), insertion(CaseEntry)


def change_case(session: Session, case_no: str, *, once: Mapping[str, Any] | None = None, **values: Any) -> None:
    """Change a case's columns, those in `once` only where they are still empty, and by a new title what finds it. Raises `NoSuchCase`."""
    first, beside = once or {}, list[Call]()
    if "title" in values:
        old = case_of(session, case_no).title
        if values["title"] == old:
            # a form gives back the title that it was shown: not written again, so that it undoes nobody's correction either
            del values["title"]
        else:
            beside = titles.changed(session.connection().dialect.name, case_no, old, values["title"])
    if not values and not first:
        return
    statement = _change_case(tuple(sorted(values)), tuple(sorted(first)))
    if not together(session.connection(), [(statement, {"b_key": case_no, **values, **first}), *beside])[0].touched:
        raise NoSuchCase(case_no=case_no)
    file = opened(session)
    known = file.cases.pop(case_no, None)
    if known is not None and values.get("citizen_id", known.citizen_id) == known.citizen_id:
        empty = {name: value for name, value in first.items() if getattr(known, name) is None}
        file.cases[case_no] = known._replace(**values, **empty)


def change_order(session: Session, number: str, *, once: Mapping[str, Any] | None = None, **values: Any) -> OrderRow:
    """Change a work order's columns, those in `once` only where they are still empty, and have the order at hand, in one
    statement. Raises `NoSuchOrder`."""
    first = once or {}
    statement = _change_order(tuple(sorted(values)), tuple(sorted(first)))
    return _changed(session, statement, {"b_key": number, **values, **first})


def count_order(session: Session, number: str, column: str) -> int:
    """Add one to a work order's counter and answer it, in one statement. Raises `NoSuchOrder`."""
    count: int = getattr(_changed(session, _count_order(column), {"b_key": number}), column)
    return count


def add_orders(session: Session, case_no: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add work orders to a case."""
    _ADD_ORDER.many(session.connection(), rows)
    opened(session).forget_orders(case_no)


def enter(session: Session, case_no: str, kind: str, text: str | None, *, at: datetime, by: str, label: str | None = None) -> None:
    """Write something into a case that stays beside its record (`CaseEntry`)."""
    row = {"case_no": case_no, "at": at, "by": by, "kind": kind, "label": label, "text": text}
    _ENTER.run(session.connection(), row)


def _changed(session: Session, statement: Prepared, values: Mapping[str, Any]) -> OrderRow:
    row = statement.first(session.connection(), values)
    if row is None:
        raise NoSuchOrder(work_order=values["b_key"])
    order = opened(session).orders[row.number] = OrderRow._make(row)
    return order


@lru_cache(SHAPES)
def _change_case(names: tuple[str, ...], once: tuple[str, ...]) -> Prepared:
    return Prepared(_update(CASE, "case_no", names, once))


@lru_cache(SHAPES)
def _change_order(names: tuple[str, ...], once: tuple[str, ...]) -> Prepared:
    return Prepared(_update(ORDER, "number", names, once).returning(*ORDER_COLUMNS))


@lru_cache(SHAPES)
def _count_order(column: str) -> Prepared:
    counted = update(ORDER).where(ORDER.c.number == bindparam("b_key")).values({column: ORDER.c[column] + 1})
    return Prepared(counted.returning(*ORDER_COLUMNS))


def _update(table: Table, key: str, names: tuple[str, ...], once: tuple[str, ...]) -> Update:
    plain = {name: bindparam(name, type_=table.c[name].type) for name in names}
    first = {name: func.coalesce(table.c[name], bindparam(name, type_=table.c[name].type)) for name in once}
    return update(table).where(table.c[key] == bindparam("b_key")).values({**plain, **first})
