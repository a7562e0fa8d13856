"""`oa.push`: give a work order to its unit's own system (E08)."""

from typing import Any

from connectors.oa.events import DISPATCHED
from connectors.oa.recall import recall
from engine.context import Context
from engine.registry import Parameter, Registry
from processes.casefile.guards import case_of, order_of
from processes.casefile.masking import masked
from processes.casefile.rows import CaseRow, OrderRow
from processes.registry.citizens.masking import mask_phone

CONNECTOR = "oa"


def register(registry: Registry) -> None:
    """Register the operations."""
    registry.operation("oa.push", Parameter("work_order"))(push)
    registry.operation("oa.recall", Parameter("work_order"))(recall)


def push(context: Context, /, *, work_order: str) -> dict[str, bool]:
    """推送到单位 OA Push a work order to its unit's OA, once; answers whether the unit has one."""
    order = order_of(context.session, work_order)
    if not order.unit_oa_url:
        return {"pushed": False}
    event = {
        "unit": order.unit,
        "type": DISPATCHED,
        "subject": order.number,
        "time": context.now.isoformat(),
        "data": _data(order, case_of(context.session, order.case_no)),
    }
    context.agenda.deliver(CONNECTOR, order.case_no, event, key=f"{DISPATCHED}:{order.number}")
    return {"pushed": True}


def _data(order: OrderRow, case: CaseRow) -> dict[str, Any]:
    """What the unit needs to handle the order: numbers masked, nobody's name, and nothing of who it was in a confidential case."""
    open_identity = not case.confidential
    return {
        "work_order": order.number,
        "case_no": order.case_no,
        "unit": order.unit,
        "role": order.role,
        "round": order.round,
        "urgency": order.urgency,
        "dispatched_at": order.dispatched_at.isoformat(),
        "due_at": order.due_at.isoformat(),
        "calendar": order.calendar,
        "ack_minutes": order.ack_minutes,
        "category": case.category,
        "class_l1": case.class_l1,
        "class_l2": case.class_l2,
        "kind": case.kind,
        "title": masked(case.title),
        "content": masked(case.content),
        "area": case.area,
        "address": case.address if open_identity else None,
        "confidential": case.confidential,
        "citizen_phone": mask_phone(case.phone) if case.phone and open_identity else None,
    }
