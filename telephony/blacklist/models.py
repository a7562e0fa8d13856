"""The rows of blocked numbers."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant


class BlockedNumber(Base):
    """A number on the blacklist; in force once approved, until it expires or is lifted. Rows are never deleted."""

    __tablename__ = "phone_blocked"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    number: Mapped[str] = mapped_column(Sealed)
    number_index: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(200))
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    approved_by: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    """When it ends by itself, or was lifted."""
    lifted_by: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (Index("ix_phone_blocked_number_index_expires_at", "number_index", "expires_at"),)
