"""Deciding on more time (延期审批): only the due lamp and the due timer move, or nothing does (C12)."""

from typing import Any, Final

from sqlalchemy import bindparam, update

from engine.context import Context
from engine.db import tables
from engine.inserts import insertion
from engine.prepared import Prepared
from processes.casefile.changes import change_order
from processes.casefile.guards import order_of
from processes.casefile.models import ExtensionRequest
from processes.casefile.submitted import submitted, words
from processes.deadlines import limits
from processes.deadlines.services import calendar
from processes.deadlines.zone import LOCAL

(REQUEST,) = tables(ExtensionRequest)
_KEEP: Final = insertion(ExtensionRequest)
_PENDING = (REQUEST.c.work_order == bindparam("b_order"), REQUEST.c.state == "pending")
_DECISION = ("state", "decided_at", "decided_by", "decision", "days_granted", "old_due_at", "new_due_at")
_DECIDED: Final = Prepared(
    update(REQUEST).where(*_PENDING).values({name: bindparam(name, None, type_=REQUEST.c[name].type) for name in _DECISION})
)


def extend(context: Context, *, work_order: str, days: int) -> dict[str, Any]:
    """延期 Move the order's due time by some days of its own calendar and note the request as granted."""
    order = order_of(context.session, work_order)
    known = calendar(context.session)
    before, after = order.due_at, limits.extended(known, order.due_at, int(days), order.calendar)
    change_order(context.session, work_order, due_at=after, near_at=limits.near_at(known, order.dispatched_at, after, order.calendar))
    _decided(context, work_order, "granted", days_granted=int(days), old_due_at=before, new_due_at=after)
    return {"due": after.astimezone(LOCAL).isoformat(timespec="seconds"), "days": int(days)}


def refuse(context: Context, *, work_order: str) -> None:
    """不予延期 Note the request as refused; the due time stays where it is."""
    _decided(context, work_order, "refused")


def _decided(context: Context, work_order: str, state: str, **values: Any) -> None:
    """Note the decision on the pending request, or on a row of its own if nobody asked through the hotline."""
    decided = {"state": state, "decided_at": context.now, "decided_by": context.actor.id, **values}
    decided["decision"] = words(submitted(context, "reason"))
    if not _DECIDED.run(context.session.connection(), {"b_order": work_order, **decided}):
        order = order_of(context.session, work_order)
        asked = {
            "instance_id": context.instance_id,
            "work_order": work_order,
            "case_no": order.case_no,
            "days": values.get("days_granted", 0),
            "asked_at": context.now,
            "asked_by": context.actor.id,
        }
        _KEEP.run(context.session.connection(), {**asked, **decided})
