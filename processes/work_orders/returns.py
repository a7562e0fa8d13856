"""Returns (退单): a unit says an order is not its own, the centre decides; every request stays on record (C13, C14)."""

from typing import Final

from sqlalchemy import bindparam, update

from engine.context import Context
from engine.db import tables
from engine.inserts import insertion
from engine.prepared import Prepared
from processes.casefile.guards import order_of
from processes.casefile.models import WorkOrderReturn
from processes.casefile.submitted import submitted, words

ASKING = ("handle", "ack")
"""The tasks in which a unit may ask; the later one speaks."""
(RETURN,) = tables(WorkOrderReturn)
_KEEP: Final = insertion(WorkOrderReturn)
_PENDING = (RETURN.c.work_order == bindparam("b_order"), RETURN.c.audit == "pending")
_FOUND = ("audit", "audited_at", "audited_by", "audit_reason", "new_unit")
_AUDITED: Final = Prepared(update(RETURN).where(*_PENDING).values({name: bindparam(name) for name in _FOUND}))


def return_asked(context: Context, *, work_order: str) -> None:
    """退单申请 Keep the unit's reason and legal basis for giving the order back."""
    order = order_of(context.session, work_order)
    row = {
        "work_order": work_order,
        "case_no": order.case_no,
        "unit": order.unit,
        "at": context.now,
        "by": context.actor.id,
        "reason": words(submitted(context, "return_reason", *ASKING)),
        "basis": words(submitted(context, "return_basis")),
    }
    _KEEP.run(context.session.connection(), row)


def return_refused(context: Context, *, work_order: str) -> None:
    """驳回退单 The centre found the return wrong: the unit goes on, its clock has not stopped."""
    audited(context, work_order, "reject")


def audited(context: Context, work_order: str, finding: str) -> None:
    """Note the centre's finding (`approve` or `reject`) on the pending request, or on a new row if none was kept."""
    values = {
        "audit": finding,
        "audited_at": context.now,
        "audited_by": context.actor.id,
        "audit_reason": words(submitted(context, "reason", "return_audit")),
        "new_unit": words(submitted(context, "new_unit", "return_audit")),
    }
    if not _AUDITED.run(context.session.connection(), {"b_order": work_order, **values}):
        order = order_of(context.session, work_order)
        asked = words(submitted(context, "return_reason", *ASKING))
        row = {"work_order": work_order, "case_no": order.case_no, "unit": order.unit, "at": context.now, "by": f"unit:{order.unit}"}
        _KEEP.run(context.session.connection(), {**row, "reason": asked, **values})
