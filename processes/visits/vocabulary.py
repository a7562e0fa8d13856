"""What visits and replies lend to the diagrams."""

from engine.registry import Parameter, Registry
from processes.visits import functions, operations


def register(registry: Registry) -> None:
    """Lend the operations `visit.*` and `reply.*` and the functions that count tries."""
    registry.operation("visit.record", Parameter("keyed", "any", False))(operations.record_visit)
    registry.operation("visit.unconfirmed")(operations.visit_unconfirmed)
    registry.operation("reply.record")(operations.record_reply)
    for function in (functions.visit_due, functions.visit_tries, functions.reply_tries):
        registry.function(function.__name__)(function)
