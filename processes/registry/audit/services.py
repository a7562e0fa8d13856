"""Writing the audit register, and reading it; nothing here changes or removes an entry."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from engine.inserts import insertion
from processes.registry.audit.models import AuditEntry

_RECORD: Final = insertion(AuditEntry)


def record(session: Session, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None) -> None:
    """Put on record that an actor did (or was refused) `action` (`case.viewed`, `case.refused`) on the object `subject`."""
    row = {"at": clock.now(), "actor": actor.id, "action": action, "object": subject, "detail": dict(detail or {})}
    _RECORD.run(session.connection(), row)


def entries(
    session: Session,
    *,
    actor: str | None = None,
    subject: str | None = None,
    action: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> Sequence[AuditEntry]:
    """What is on record, newest first; `before` is the id of the last entry already seen."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    conditions = ((AuditEntry.actor, actor), (AuditEntry.object, subject), (AuditEntry.action, action))
    for column, wanted in conditions:
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return session.scalars(query).all()
