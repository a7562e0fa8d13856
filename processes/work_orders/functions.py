"""The functions about work orders that diagrams call; an order's row is read once a transaction."""

from datetime import date, datetime, timedelta
from typing import Any

from engine.context import Context
from engine.errors import Invalid
from processes.casefile.guards import order_in, orders_now, orders_of, round_of
from processes.deadlines.zone import LOCAL

ORDER_FACTS = frozenset(
    "number case_no unit role round urgency review status calendar ack_minutes ack_level ack_due reopened handled result reply"
    " measures contact_person contact_phone dispatched_at original_due_at due_at near_at acked_at handled_at est_finish".split()
)


class UnknownFact(Invalid):
    """没有这项事实，请检查流程图中的名称。 There is no such fact; check the name in the diagram."""

    code = "unknown-fact"


def due_at(context: Context) -> str:
    """期限 When the order in `work_order` is due, extensions included (ISO 8601)."""
    return _iso(order_in(context).due_at)


def near_at(context: Context) -> str:
    """临近期限 When the due time of the order in `work_order` comes near (ISO 8601)."""
    return _iso(order_in(context).near_at)


def light_at(context: Context, days: float) -> str:
    """时长灯时刻 When the order in `work_order` is n days of 24 hours old (ISO 8601)."""
    return _iso(order_in(context).dispatched_at + timedelta(days=float(days)))


def ack_cycle(context: Context, reminders: int = 3) -> str:
    """确认提醒周期 The timer cycle of acknowledgement reminders from the order's own minutes, e.g. `R3/PT30M`."""
    return f"R{int(reminders)}/PT{order_in(context).ack_minutes}M"


def order_fact(context: Context, name: str) -> Any:
    """转办单事实 A fact of the order in `work_order`: unit, role, review, ack_level, due_at and so on."""
    if name not in ORDER_FACTS:
        raise UnknownFact(errors={"name": str(name)})
    value = getattr(order_in(context), name)
    if name == "reopened":
        return bool(value)
    if isinstance(value, datetime):
        return _iso(value)
    return value.isoformat() if isinstance(value, date) else value


def open_orders(context: Context) -> int:
    """未结转办单数 How many work orders of the case are open at this moment, leading and assisting."""
    return sum(order.status == "open" for order in orders_now(context.session, context.business_key))


def orders_count(context: Context) -> int:
    """本轮已答复转办单数 How many work orders of the case's latest round were answered."""
    latest = round_of(context.session, context.business_key)
    return sum(order.round == latest and order.status == "done" for order in orders_of(context.session, context.business_key))


def redo_count(context: Context) -> int:
    """重办次数 How many times the case was sent out again after an unsatisfied visit."""
    return round_of(context.session, context.business_key)


def unit_group(_context: Context, code: str) -> str:
    """单位任务组 The group of a unit's people."""
    return f"unit:{code}"


def unit_leader_group(_context: Context, code: str) -> str:
    """单位领导组 The group of a unit's leaders."""
    return f"unit_leader:{code}"


def _iso(moment: datetime) -> str:
    return moment.astimezone(LOCAL).isoformat()
