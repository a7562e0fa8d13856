"""The tables of subscriptions and of messages nobody has waited for yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json


class Subscription(Base):
    """A task that waits for a message with a correlation, `key=value`."""

    __tablename__ = "subscription"
    instance_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("instance.id"), primary_key=True)
    task_id: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str] = mapped_column(String(80), primary_key=True)
    correlation: Mapped[str] = mapped_column(String(160))

    __table_args__ = (Index("ix_subscription_message", "message", "correlation"),)


class InboxMessage(Base):
    """A message that came before its catch; kept until somebody waits for it or it expires."""

    __tablename__ = "message_inbox"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    message: Mapped[str] = mapped_column(String(80))
    correlation: Mapped[str] = mapped_column(String(160))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    actor: Mapped[str] = mapped_column(String(80))
    received_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_message_inbox_message", "message", "correlation"),)
