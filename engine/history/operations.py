"""What the history lends to the diagrams."""

from datetime import timedelta

from engine.context import Context
from engine.history import archive
from engine.history.anchors import anchor_days
from engine.registry import Parameter, Registry


def register(registry: Registry) -> None:
    """Lend the operations `history.anchor` and `history.archive`."""
    registry.operation("history.anchor")(anchor)
    registry.operation("history.archive", Parameter("days", "int"), Parameter("limit", "int"))(pack)


def anchor(context: Context) -> dict[str, list[str]]:
    """履历封存 Keep the digest of every full day (UTC) that has none yet; answers the days."""
    return {"days": anchor_days(context.session, context.now)}


def pack(context: Context, *, days: int, limit: int) -> dict[str, int]:
    """归档 Pack up to `limit` cases that ended more than `days` days ago; answers how many."""
    return {"packed": archive.pack(context.session, context.now - timedelta(days=int(days)), int(limit), context.now)}
