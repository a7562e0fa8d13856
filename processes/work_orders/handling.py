"""What a unit does with its work order: receive, acknowledge, handle; and how the order ends. One statement each."""

from typing import Any

from engine.context import Context
from forms.moments import read_date
from processes.casefile.changes import change_order, count_order
from processes.casefile.guards import orders_now
from processes.casefile.submitted import submitted, words, yes
from processes.work_orders.returns import audited

LATE_ACKNOWLEDGEMENT = "超时确认"


def opened(context: Context, *, work_order: str) -> None:
    """转办单开始 Note which process instance serves the order, so that its tasks are found by it."""
    change_order(context.session, work_order, instance_id=context.instance_id)


def acknowledge(context: Context, *, work_order: str) -> None:
    """确认 The unit confirms the order, with its contact; a mark 超时确认 that stands already stays (C09)."""
    change_order(
        context.session,
        work_order,
        once={"acked_at": context.now},
        contact_person=words(submitted(context, "contact_person", "ack")),
        contact_phone=words(submitted(context, "contact_phone", "ack")),
        est_finish=read_date(submitted(context, "est_finish", "ack") or ""),
        instance_id=context.instance_id,
    )


def ack_late(context: Context, *, work_order: str) -> dict[str, int]:
    """超时确认 Count one more reminder for want of a confirmation, mark the order for good, answer the level."""
    level = count_order(context.session, work_order, "ack_level")
    context.marks["flag"] = LATE_ACKNOWLEDGEMENT
    return {"level": level}


def answer(context: Context, *, work_order: str) -> dict[str, Any]:
    """办理答复 Keep the unit's reply and measures; from now on the order's lamps stand still."""
    result = words(submitted(context, "result", "handle"))
    change_order(
        context.session,
        work_order,
        reply=words(submitted(context, "reply", "handle")),
        measures=words(submitted(context, "measures", "handle")),
        result=result,
        contacted=yes(submitted(context, "contacted", "handle")),
        handled_at=context.now,
    )
    return {"result": result}


def reopen(context: Context, *, work_order: str) -> None:
    """结果审核重办 Send the answer back to the unit; its clock runs on as if it had never stopped (DueChanged)."""
    change_order(context.session, work_order, handled_at=None)
    count_order(context.session, work_order, "reopened")
    context.agenda.throw("DueChanged", {"work_order": work_order})


def close(context: Context, *, work_order: str, status: str) -> None:
    """转办单结束 End the order as done, returned or withdrawn."""
    once = {"handled_at": context.now} if status == "done" else None
    change_order(context.session, work_order, once=once, status=status, closed_at=context.now)
    if status == "returned":
        audited(context, work_order, "approve")


def withdraw_all(context: Context) -> dict[str, int]:
    """撤回全部转办单 Tell every open order of the case that it is withdrawn (WoWithdraw)."""
    numbers = [order.number for order in orders_now(context.session, context.business_key) if order.status == "open"]
    for number in numbers:
        context.agenda.throw("WoWithdraw", {"work_order": number, "case_no": context.business_key})
    return {"count": len(numbers)}


def record_light(context: Context, *, work_order: str, lamp: str, colour: str) -> None:
    """亮灯记录 Leave in the history that a lamp changed; colours themselves are computed when read, never stored."""
    context.marks["light"] = {"work_order": work_order, "lamp": lamp, "colour": colour}
