"""What work orders lend to the diagrams."""

from engine.registry import Parameter, Registry
from processes.work_orders import cancelled, dispatch, extensions, functions, handling, returns

ORDER = Parameter("work_order")


def register(registry: Registry) -> None:
    """Lend the operations `wo.*`, `due.*`, `light.*` and the functions about orders."""
    plan = (
        Parameter("lead"),
        Parameter("assist", "list", False),
        Parameter("needs_review", "bool", False),
        Parameter("due_days", "number"),
    )
    clock = (Parameter("calendar"), Parameter("ack_minutes", "int"))
    registry.on_instance_ended.append(cancelled.instance_ended)
    registry.operation("wo.plan", *plan, *clock)(dispatch.plan)
    made = (Parameter("lead", "str", False), Parameter("assist", "list", False), Parameter("due", "datetime"))
    extra = (Parameter("urgency", "str", False), Parameter("needs_review", "bool", False))
    registry.operation("wo.create", *made, *clock, *extra)(dispatch.create)
    registry.operation("wo.open", ORDER)(handling.opened)
    registry.operation("wo.acknowledge", ORDER)(handling.acknowledge)
    registry.operation("wo.ack_late", ORDER)(handling.ack_late)
    registry.operation("wo.answer", ORDER)(handling.answer)
    registry.operation("wo.reopen", ORDER)(handling.reopen)
    registry.operation("wo.close", ORDER, Parameter("status"))(handling.close)
    registry.operation("wo.return_asked", ORDER)(returns.return_asked)
    registry.operation("wo.return_refused", ORDER)(returns.return_refused)
    registry.operation("wo.withdraw_all")(handling.withdraw_all)
    registry.operation("due.extend", ORDER, Parameter("days", "int"))(extensions.extend)
    registry.operation("due.refuse", ORDER)(extensions.refuse)
    registry.operation("light.record", ORDER, Parameter("lamp"), Parameter("colour"))(handling.record_light)
    for plain in (functions.due_at, functions.near_at, functions.open_orders, functions.orders_count, functions.redo_count):
        registry.function(plain.__name__)(plain)
    registry.function("ack_cycle", 0, 1)(functions.ack_cycle)
    for one in (functions.light_at, functions.order_fact, functions.unit_group, functions.unit_leader_group):
        registry.function(one.__name__, 1)(one)
