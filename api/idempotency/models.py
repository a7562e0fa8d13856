"""The table of idempotency keys."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant


class IdempotencyKey(Base):
    """A key that a caller sent with a creating POST, and what was answered.

    `scope` digests the caller, the address and the key; `request` digests the body. The answer is sealed,
    since it may hold a query code or a token. `created_at` is the machine's own time.
    """

    __tablename__ = "idempotency_key"
    scope: Mapped[str] = mapped_column(String(32), primary_key=True)
    request: Mapped[str] = mapped_column(String(32))
    answer: Mapped[str | None] = mapped_column(Sealed)
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_idempotency_key_created_at", "created_at"),)
