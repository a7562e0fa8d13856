"""What side actions lend to the diagrams and to the engine."""

from engine.registry import Parameter, Registry
from processes.actions import ended, supervising, urging

ORDER = Parameter("work_order")


def register(registry: Registry) -> None:
    """Lend the operations `urge.*` and `sup.*`, the function `reply_by`, and the listener on ended side actions."""
    registry.operation("urge.record", Parameter("kind"), Parameter("text", "str", False))(urging.record_urge)
    registry.operation("sup.start", ORDER)(supervising.start)
    registry.operation("sup.open", ORDER)(supervising.open_)
    registry.operation("sup.reply", ORDER)(supervising.reply)
    registry.operation("sup.escalate", ORDER)(supervising.escalate)
    registry.operation("sup.close", ORDER)(supervising.close)
    registry.function("reply_by")(supervising.reply_by)
    registry.on_instance_ended.append(ended.instance_ended)
