"""The table of the audit register."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json


class AuditEntry(Base):
    """One fact about who did what: rows are only ever added. `detail` holds codes and ids, no personal data."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(48))
    object: Mapped[str] = mapped_column(String(80))
    detail: Mapped[Any] = mapped_column(Json)

    __table_args__ = (
        Index("ix_audit_entry_object", "object", "id"),
        Index("ix_audit_entry_actor", "actor", "id"),
    )
