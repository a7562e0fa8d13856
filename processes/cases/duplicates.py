"""Looking for cases about the same matter (查重), so that one matter is dispatched once."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from engine.context import Context
from engine.registry import Choice
from processes.casefile import tables
from processes.casefile.guards import case_of
from processes.casefile.models import Case

SHOWN = 20


def count(context: Context) -> int:
    """How many open cases of the last days (table `limit`, rule `duplicate_days`) share caller or place, and class."""
    return context.session.scalar(_alike(context, func.count())) or 0


def choices(context: Context) -> list[Choice]:
    """Those cases as choices of a form field, newest first."""
    newest = _alike(context, Case.case_no, Case.title).order_by(Case.opened_at.desc()).limit(SHOWN)
    return [{"value": case_no, "label": f"{case_no} {title}"} for case_no, title in context.session.execute(newest)]


def _alike(context: Context, *columns: Any) -> Select[Any]:
    case = case_of(context.session, context.business_key)
    since = context.now - timedelta(days=tables.limit(context.session, "duplicate_days"))
    same: list[ColumnElement[bool]] = []
    if case.citizen_id is not None:
        same.append(Case.citizen_id == case.citizen_id)
    if case.address_index is not None:
        same.append(Case.address_index == case.address_index)
    alike = or_(*same) if same else false()
    conditions = [Case.case_no != case.case_no, Case.status == "open", Case.opened_at >= since, alike]
    if case.class_l1 is not None:
        conditions.append(Case.class_l1 == case.class_l1)
    return select(*columns).where(*conditions)
