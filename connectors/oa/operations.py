"""`oa.push`: give a work order to its unit's own system (E08)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Load

from connectors.oa.events import DISPATCHED
from engine.context import Context
from engine.registry import Parameter, Registry
from processes.casefile.masking import masked
from processes.casefile.models import Case, WorkOrder
from processes.registry.citizens.masking import mask_phone
from processes.registry.citizens.models import Citizen
from processes.registry.units.models import Unit

CONNECTOR = "oa"


def register(registry: Registry) -> None:
    """Register the operation."""
    registry.operation("oa.push", Parameter("work_order"))(push)


def push(context: Context, /, *, work_order: str) -> dict[str, bool]:
    """推送到单位 OA Push a work order to its unit's OA, once; answers whether the unit has one."""
    row = context.session.execute(
        select(WorkOrder, Case, Citizen.phone, Unit.oa_url)
        .join(Case, Case.case_no == WorkOrder.case_no)
        .join(Unit, Unit.code == WorkOrder.unit)
        .outerjoin(Citizen, Citizen.id == Case.citizen_id)
        .where(WorkOrder.number == work_order)
        .options(Load(Case).undefer_group("sealed"))
    ).one_or_none()
    if row is None or not row.oa_url:
        return {"pushed": False}
    order, case, phone, _url = row
    event = {
        "unit": order.unit,
        "type": DISPATCHED,
        "subject": order.number,
        "time": context.now.isoformat(),
        "data": _data(order, case, phone),
    }
    context.agenda.deliver(CONNECTOR, order.case_no, event, key=f"{DISPATCHED}:{order.number}")
    return {"pushed": True}


def _data(order: WorkOrder, case: Case, phone: str | None) -> dict[str, Any]:
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
        "citizen_phone": mask_phone(phone) if phone and open_identity else None,
    }
