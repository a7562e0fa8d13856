"""The tables of subscriptions, of messages nobody has waited for yet, and of signals under way."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json

WAITING, QUEUED, FAILED = "waiting", "queued", "failed"


class Subscription(Base):
    """A task that waits for a message with a correlation, `key=value`, or for a signal: message `signal:<name>`, no correlation."""

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

    __table_args__ = (
        Index("ix_message_inbox_correlation", "correlation"),
        Index("ix_message_inbox_expires_at", "expires_at"),
    )


class SignalBroadcast(Base):
    """A BPMN signal that was thrown (广播), for as long as somebody has still to receive it."""

    __tablename__ = "signal_broadcast"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    signal: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    actor: Mapped[str] = mapped_column(String(80))
    thrown_at: Mapped[datetime] = mapped_column(Instant)


class SignalReceipt(Base):
    """A task that waited for a signal when it was thrown and has not received it yet; receiving deletes the row.

    `state` and `queued_at` belong to the job queue, as a timer's do.
    """

    __tablename__ = "signal_receipt"
    broadcast_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("signal_broadcast.id"), primary_key=True)
    instance_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    task_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    business_key: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(8), default=WAITING)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index(
            "ix_signal_receipt_waiting",
            "broadcast_id",
            "instance_id",
            "task_id",
            sqlite_where=state == WAITING,
            postgresql_where=state == WAITING,
        ),
        Index("ix_signal_receipt_queued", "queued_at", sqlite_where=state == QUEUED, postgresql_where=state == QUEUED),
    )
