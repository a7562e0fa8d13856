"""What the history lends to the diagrams."""

from engine.context import Context
from engine.history.anchors import anchor_days
from engine.registry import Registry


def register(registry: Registry) -> None:
    """Lend the operation `history.anchor`."""
    registry.operation("history.anchor")(anchor)


def anchor(context: Context) -> dict[str, list[str]]:
    """履历封存 Keep the digest of every full day (UTC) that has none yet; answers the days."""
    return {"days": anchor_days(context.session, context.now)}
