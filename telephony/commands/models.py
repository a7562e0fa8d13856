"""The rows of what is asked."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant

OPEN, TAKEN, DONE, REFUSED = "open", "taken", "done", "refused"


class PhoneCommand(Base):
    """Something asked of a call (`call_id`), or a new call; kept, so that every supervision is on record."""

    __tablename__ = "phone_command"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    call_id: Mapped[str] = mapped_column(String(32))
    given: Mapped[str] = mapped_column(Sealed)
    """JSON; it may name a telephone number."""
    by: Mapped[str] = mapped_column(String(80))
    agent: Mapped[str] = mapped_column(String(80))
    """At whose telephone a new call begins: the exchange that has it begins the call. Empty for one that begins outside."""
    asked_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(16))
    app: Mapped[str] = mapped_column(String(64))
    """The worker that took it."""
    answer: Mapped[str] = mapped_column(String(400))
    """Why it was refused."""
    done_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_phone_command_open", "id", postgresql_where=state == OPEN, sqlite_where=state == OPEN),
        Index("ix_phone_command_call_id", "call_id"),
    )
