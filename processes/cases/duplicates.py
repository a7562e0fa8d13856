"""Looking for cases about the same matter (查重), so that one matter is dispatched once."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import bindparam, func, or_, select

from engine.context import Context
from engine.db import tables
from engine.prepared import Prepared
from engine.registry import Choice
from processes.casefile.guards import case_of
from processes.casefile.models import Case
from processes.casefile.tables import limit

SHOWN = 20
(CASE,) = tables(Case)
_CLASS = bindparam("class_l1", type_=CASE.c.class_l1.type)
_ALIKE = (
    CASE.c.case_no != bindparam("case_no"),
    CASE.c.status == "open",
    CASE.c.opened_at >= bindparam("since"),
    or_(CASE.c.citizen_id == bindparam("citizen_id"), CASE.c.address_index == bindparam("address_index")),
    or_(_CLASS.is_(None), CASE.c.class_l1 == _CLASS),
)
"""What is unknown of a case is equal to nothing, except that without a class any class will do."""
_COUNT: Final = Prepared(select(func.count()).where(*_ALIKE))
_NEWEST: Final = Prepared(select(CASE.c.case_no, CASE.c.title).where(*_ALIKE).order_by(CASE.c.opened_at.desc()).limit(SHOWN))


def count(context: Context) -> int:
    """How many open cases of the last days (table `limit`, rule `duplicate_days`) share caller or place, and class."""
    found: int = _COUNT.scalar(context.session.connection(), _facts(context))
    return found


def choices(context: Context) -> list[Choice]:
    """Those cases as choices of a form field, newest first."""
    newest = _NEWEST.all(context.session.connection(), _facts(context))
    return [{"value": case_no, "label": f"{case_no} {title}"} for case_no, title in newest]


def _facts(context: Context) -> Mapping[str, Any]:
    case = case_of(context.session, context.business_key)
    same = {name: getattr(case, name) for name in ("case_no", "citizen_id", "address_index", "class_l1")}
    return {**same, "since": context.now - timedelta(days=limit(context.session, "duplicate_days"))}
