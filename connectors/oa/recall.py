"""`oa.recall`: tell a unit's own system that a work order was taken back, so that nobody goes on working (E08, C27)."""

from connectors.oa.events import WITHDRAWN
from engine.context import Context
from processes.casefile.guards import order_of

CONNECTOR = "oa"


def recall(context: Context, /, *, work_order: str) -> dict[str, bool]:
    """收回推送 Tell the OA of an order's unit that the order was withdrawn, once; answers whether the unit has one."""
    order, at = order_of(context.session, work_order), context.now.isoformat()
    if not order.unit_oa_url:
        return {"pushed": False}
    data = {"work_order": order.number, "case_no": order.case_no, "unit": order.unit, "withdrawn_at": at}
    event = {"unit": order.unit, "type": WITHDRAWN, "subject": order.number, "time": at, "data": data}
    context.agenda.deliver(CONNECTOR, order.case_no, event, key=f"{WITHDRAWN}:{order.number}")
    return {"pushed": True}
