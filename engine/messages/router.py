"""Who gets a message: subscriptions by message and correlation, and the inbox for those that come early."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, bindparam, delete, func, select
from sqlalchemy.orm import Session

from engine.context import Command
from engine.db import tables
from engine.errors import Invalid
from engine.inserts import insertion
from engine.keylocks import LOCK, number
from engine.messages.models import InboxMessage, Subscription
from engine.prepared import Call, Prepared, together
from engine.registry import Registry
from engine.spiff.waits import Awaited, correlate

if TYPE_CHECKING:
    from engine.runtime.live import LiveInstance

SUBSCRIPTION, INBOX = tables(Subscription, InboxMessage)
_WAITING = Prepared(
    select(SUBSCRIPTION.c.instance_id).where(
        SUBSCRIPTION.c.message == bindparam("message"), SUBSCRIPTION.c.correlation == bindparam("correlation")
    )
)
_EARLY = Prepared(
    select(INBOX.c.id, INBOX.c.message, INBOX.c.correlation, INBOX.c.payload)
    .where(INBOX.c.correlation == bindparam("correlation"), INBOX.c.expires_at > bindparam("now"))
    .order_by(INBOX.c.id)
)
_KEEP = insertion(InboxMessage)
_TAKE = Prepared(delete(INBOX).where(INBOX.c.id == bindparam("taken")))
_LOCK_SHARED = Prepared(select(func.pg_advisory_xact_lock_shared(bindparam("lock", type_=BigInteger))))
KEPT_FOR = timedelta(days=30)
"""How long an early message waits for its catch, unless its sender or the catalogue says otherwise."""


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
    answers = together(session.connection(), [(_WAITING, {"message": message, "correlation": one}) for one in wanted])
    stored = {row.instance_id for answer in answers for row in answer.rows if row.instance_id not in live}
    moved = {
        instance_id
        for instance_id, one in live.items()
        if any(awaited.message == message and awaited.correlation in wanted for awaited in one.after.messages)
    }
    return sorted(stored | moved)


def keep(
    session: Session,
    message: str,
    wanted: Sequence[str],
    payload: Mapping[str, Any],
    actor: str,
    now: datetime,
    kept_for: timedelta = KEPT_FOR,
    *,
    besides: Collection[int] = (),
) -> bool:
    """Put a message nobody waits for into the inbox, once for each of its correlations.

    False when an instance other than `besides` has begun to wait since it was looked: it is not kept, route it again.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # whoever begins to wait for it looks into the inbox under the same lock: one of the two sees the other
        locks = [(LOCK, {"lock": one}) for one in sorted(map(number, wanted))]
        looks = [(_WAITING, {"message": message, "correlation": one}) for one in wanted]
        answers = together(connection, [*locks, *looks])[len(locks) :]
        if any(row.instance_id not in besides for answer in answers for row in answer.rows):
            return False
    row = {"message": message, "payload": dict(payload), "actor": actor, "received_at": now, "expires_at": now + kept_for}
    _KEEP.many(connection, [{**row, "correlation": correlation} for correlation in wanted])
    return True


def take_early(session: Session, awaited: Collection[Awaited], now: datetime) -> Sequence[Any]:
    """Take out of the inbox what the given new subscriptions wait for, oldest first."""
    if not awaited:
        return []
    connection = session.connection()
    wanted = sorted({one.correlation for one in awaited})
    locks: list[Call] = []
    if connection.dialect.name == "postgresql":
        locks = [(_LOCK_SHARED, {"lock": one}) for one in sorted(map(number, wanted))]
    looks = [(_EARLY, {"correlation": one, "now": now}) for one in wanted]
    answers = together(connection, [*locks, *looks])[len(locks) :]
    pairs = {(one.message, one.correlation) for one in awaited}
    found = [row for answer in answers for row in answer.rows if (row.message, row.correlation) in pairs]
    _TAKE.many(connection, [{"taken": row.id} for row in found])
    return sorted(found, key=lambda row: row.id)


def begin(command: Command, registry: Registry, process_key: str, message: str, payload: Mapping[str, Any]) -> None:
    """Start a process for a message: for the case that it names, else under the key by which the message is correlated."""
    if (start := registry.message_starts.get(message)) is not None:
        start(command, process_key, payload)
    else:
        key = payload.get("case_no") or payload.get(registry.messages.get(message, ""), "")
        command.start(process_key, str(key), payload)
