"""Asking for more time (延期申请): the rules that hold before anybody decides (C12)."""

from typing import Any, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from engine.errors import Conflict, Invalid
from engine.inserts import insertion
from engine.prepared import Prepared
from engine.runtime.work import Work
from processes.casefile import side_actions, tables
from processes.casefile.guards import OrderClosed, lock_order
from processes.casefile.models import ExtensionRequest
from processes.casefile.rows import OrderRow

ACTION, PROCESS = "extend", "extension"
_USED: Final = Prepared(
    select(func.count()).where(ExtensionRequest.work_order == bindparam("work_order"), ExtensionRequest.state != "refused")
)
_ASK: Final = insertion(ExtensionRequest)


class TooLateToExtend(Conflict):
    """转办单已经到期，延期须在到期之前申请。 The work order is past its due time; more time must be asked for before it."""

    code = "too-late-to-extend"


class AlreadyExtended(Conflict):
    """转办单的延期申请已经用完：已批准过，或正在审批。 No further extension: one was granted already, or is being decided."""

    code = "already-extended"


def ask(work: Work, order: OrderRow, days: Any, reason: str) -> int:
    """Start the process `extension` for a work order; answers its instance id.

    Raises `Invalid` for the days, `OrderClosed`, `TooLateToExtend` or `AlreadyExtended`; the numbers stand in the table `limit`.
    """
    wanted = _whole_days(days, most=tables.limit(work.session, "extension_days"))
    # two requests at once wait for each other here, so that the second sees the first
    order = lock_order(work.session, order.number)
    if order.status != "open":
        raise OrderClosed(work_order=order.number, order_status=order.status)
    if work.now >= order.due_at:
        raise TooLateToExtend(work_order=order.number, due_at=order.due_at.isoformat())
    if _used(work.session, order.number) >= tables.limit(work.session, "extension_times"):
        raise AlreadyExtended(work_order=order.number)
    started = side_actions.start(work, PROCESS, ACTION, order.case_no, text=reason, work_order=order.number, days=wanted)
    row = {"instance_id": started, "work_order": order.number, "case_no": order.case_no, "days": wanted}
    _ASK.run(work.session.connection(), {**row, "asked_at": work.now, "asked_by": work.actor.id})
    return started


def _whole_days(days: Any, *, most: int) -> int:
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= most:
        raise Invalid(errors={"days": f"须为 1 至 {most} 的整数天数。 Must be a whole number of days from 1 to {most}."})
    return days


def _used(session: Session, number: str) -> int:
    used: int = _USED.scalar(session.connection(), {"work_order": number})
    return used
