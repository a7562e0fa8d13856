"""Deciding on more time (延期审批): only the due lamp and the due timer move, or nothing does (C12)."""

from typing import Any

from sqlalchemy import insert, update

from engine.context import Context
from processes.casefile.guards import order_of
from processes.casefile.models import ExtensionRequest
from processes.casefile.submitted import submitted, words
from processes.deadlines import limits
from processes.deadlines.services import calendar
from processes.deadlines.zone import LOCAL


def extend(context: Context, *, work_order: str, days: int) -> dict[str, Any]:
    """延期 Move the order's due time by some days of its own calendar and note the request as granted."""
    order = order_of(context.session, work_order)
    known = calendar(context.session)
    before, after = order.due_at, limits.extended(known, order.due_at, int(days), order.calendar)
    order.due_at = after
    order.near_at = limits.near_at(known, order.dispatched_at, after, order.calendar)
    context.session.flush()
    _decided(context, work_order, "granted", days_granted=int(days), old_due_at=before, new_due_at=after)
    return {"due": after.astimezone(LOCAL).isoformat(timespec="seconds"), "days": int(days)}


def refuse(context: Context, *, work_order: str) -> None:
    """不予延期 Note the request as refused; the due time stays where it is."""
    _decided(context, work_order, "refused")


def _decided(context: Context, work_order: str, state: str, **values: Any) -> None:
    """Note the decision on the pending request, or on a row of its own if nobody asked through the hotline."""
    decided = {"state": state, "decided_at": context.now, "decided_by": context.actor.id, **values}
    decided["decision"] = words(submitted(context, "reason"))
    pending = (ExtensionRequest.work_order == work_order, ExtensionRequest.state == "pending")
    noted = context.session.execute(update(ExtensionRequest).where(*pending).values(**decided).returning(ExtensionRequest.id)).first()
    if noted is None:
        order = order_of(context.session, work_order)
        asked = {
            "instance_id": context.instance_id,
            "work_order": work_order,
            "case_no": order.case_no,
            "days": values.get("days_granted", 0),
        }
        context.session.execute(insert(ExtensionRequest).values(**asked, asked_at=context.now, asked_by=context.actor.id, **decided))
