"""What a department's own system (OA) tells us about a work order, applied to the open task it means."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from engine.db import tables
from engine.errors import Conflict, Invalid
from engine.prepared import Prepared
from engine.runtime.work import Work
from engine.workitems.models import OPEN, WorkItem
from processes.casefile import extensions
from processes.casefile.changes import enter
from processes.casefile.guards import NoSuchOrder, order_of
from processes.casefile.rows import OrderRow

MEANT = {"accepted": (("ack",), "accept"), "returned": (("ack", "handle"), "return"), "done": (("handle",), "done")}
"""Event → the tasks it may complete, and the outcome that it means."""

(ITEM,) = tables(WorkItem)
_OPEN_TASK: Final = Prepared(
    select(ITEM.c.instance_id, ITEM.c.task_id)
    .where(
        ITEM.c.business_key == bindparam("case_no"),
        ITEM.c.instance_id == bindparam("instance_id"),
        ITEM.c.state == OPEN,
        or_(ITEM.c.element_id == bindparam("one"), ITEM.c.element_id == bindparam("other")),
    )
    .limit(1)
)
EVENTS = (*MEANT, "extension_requested", "progress")
ENVELOPE = frozenset({"work_order", "event"})


class NotPossibleNow(Conflict):
    """转办单现在没有可以这样办理的任务。 The work order has no open task that this event could complete."""

    code = "not-possible-now"


def apply(work: Work, unit_code: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a verified callback of a unit's OA; the command's actor is `unit:<code>`.

    Answers `{work_order, event, status}` and, for a request for more time, its `instance_id`. Raises `Invalid` with the
    fields, `NoSuchOrder` (another unit's too), or a `Conflict`.
    """
    event, number = body.get("event"), body.get("work_order")
    if event not in EVENTS:
        raise Invalid(errors={"event": f"只能是：{' '.join(EVENTS)}。 Must be one of these."})
    if not isinstance(number, str) or not number:
        raise Invalid(errors={"work_order": "请写明转办单号。 Name the work order."})
    order = order_of(work.session, number)
    if order.unit != unit_code:
        raise NoSuchOrder(work_order=number)
    answer = {"work_order": number, "event": event}
    if event == "extension_requested":
        return answer | {"status": order.status, "instance_id": str(_ask_for_time(work, order, body))}
    if event == "progress":
        _record(work, order, body)
    else:
        elements, outcome = MEANT[event]
        item = _open_task(work.session, order, elements)
        given = {key: value for key, value in body.items() if key not in ENVELOPE}
        work.complete(item.instance_id, item.task_id, {**given, "outcome": outcome}, event=body)
    return answer | {"status": order_of(work.session, number).status}


def _open_task(session: Session, order: OrderRow, elements: tuple[str, ...]) -> Any:
    wanted = {"case_no": order.case_no, "instance_id": order.instance_id, "one": elements[0], "other": elements[-1]}
    item = _OPEN_TASK.first(session.connection(), wanted)
    if item is None:
        raise NotPossibleNow(work_order=order.number, order_status=order.status)
    return item


def _ask_for_time(work: Work, order: OrderRow, body: Mapping[str, Any]) -> int:
    reason = body.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise Invalid(errors={"reason": "请写明延期理由。 Say why more time is needed."})
    return extensions.ask(work, order, body.get("days"), reason.strip())


def _record(work: Work, order: OrderRow, body: Mapping[str, Any]) -> None:
    """Keep a progress report; nothing moves."""
    text = str(body.get("text") or body.get("note") or "")
    enter(work.session, order.case_no, "progress", text, at=work.now, by=work.actor.id, label=order.number)
    if order.instance_id is not None:
        work.record(order.instance_id, "progress", {"event": dict(body)})
