"""Who gets a message: subscriptions by message and correlation, and the inbox for those that come early."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, delete, insert, select, tuple_
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.messages.models import InboxMessage, Subscription
from engine.registry import Registry
from engine.spiff.waits import Awaited, correlate

if TYPE_CHECKING:
    from engine.runtime.live import LiveInstance

# built once: every command that waits for a message or throws one runs them
_WAITING = select(Subscription.instance_id).where(
    Subscription.message == bindparam("message"), Subscription.correlation.in_(bindparam("wanted", expanding=True))
)
_EARLY = (
    select(InboxMessage.id, InboxMessage.message, InboxMessage.correlation, InboxMessage.payload)
    .where(
        tuple_(InboxMessage.message, InboxMessage.correlation).in_(bindparam("pairs", expanding=True)),
        InboxMessage.expires_at > bindparam("now"),
    )
    .order_by(InboxMessage.id)
)
KEPT_FOR = timedelta(days=30)
"""How long an early message waits for its catch."""


class NoCorrelationKey(Invalid):
    """消息缺少关联键。 The message lacks the key by which it finds its process."""

    code = "no-correlation-key"


def correlations(registry: Registry, message: str, payload: Mapping[str, Any]) -> list[str]:
    """What a thrown message may be correlated by: its catalogue key; for one that is in no catalogue, each plain value of
    its payload. Raises `NoCorrelationKey`."""
    key = registry.messages.get(message)
    if key is None:
        return [correlate(name, value) for name, value in payload.items() if isinstance(value, str | int)]
    if key not in payload:
        raise NoCorrelationKey(f"{NoCorrelationKey.__doc__} ({message}: {key})")
    return [correlate(key, payload[key])]


def subscribers(session: Session, message: str, wanted: Sequence[str], live: Mapping[int, "LiveInstance"]) -> list[int]:
    """The instances that wait for a message, by id: stored ones, and those this command has already moved."""
    stored: set[int] = set()
    if wanted:
        rows = session.connection().scalars(_WAITING, {"message": message, "wanted": list(wanted)})
        stored = {instance_id for instance_id in rows if instance_id not in live}
    moved = {
        instance_id
        for instance_id, one in live.items()
        if any(awaited.message == message and awaited.correlation in wanted for awaited in one.after.messages)
    }
    return sorted(stored | moved)


def keep(session: Session, message: str, wanted: Sequence[str], payload: Mapping[str, Any], actor: str, now: datetime) -> None:
    """Put a message nobody waits for into the inbox, once for each of its correlations."""
    rows = [
        {
            "message": message,
            "correlation": correlation,
            "payload": dict(payload),
            "actor": actor,
            "received_at": now,
            "expires_at": now + KEPT_FOR,
        }
        for correlation in wanted
    ]
    if rows:
        session.execute(insert(InboxMessage), rows)


def take_early(session: Session, awaited: Collection[Awaited], now: datetime) -> Sequence[Row[Any]]:
    """Take out of the inbox what the given new subscriptions wait for, oldest first."""
    pairs = sorted({(one.message, one.correlation) for one in awaited})
    if not pairs:
        return []
    found = session.connection().execute(_EARLY, {"pairs": pairs, "now": now}).all()
    if found:
        session.execute(delete(InboxMessage).where(InboxMessage.id.in_([row.id for row in found])))
    return found
