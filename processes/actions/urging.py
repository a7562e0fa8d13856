"""Urging (催办): a reminder before the due time; not to be taken for supervising (C15)."""

from engine.context import Context
from processes.casefile.models import Urge
from processes.casefile.requests import request_text
from processes.casefile.submitted import words


def record_urge(context: Context, *, kind: str, text: str | None = None) -> None:
    """催办登记 Keep who urged, when and how; for one work order, or for the whole case."""
    said = words(text) or request_text(context)
    order = context.variables.get("work_order")
    row = Urge(case_no=context.business_key, work_order=order, kind=kind, at=context.now, by=context.actor.id, text=said)
    context.session.add(row)
