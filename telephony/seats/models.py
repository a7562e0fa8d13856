"""The rows of seats, and of how their time went."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant

RowId = BigInteger().with_variant(Integer, "sqlite")
OFFLINE, READY, RESERVED, BUSY, WRAP_UP, NOT_READY = "offline", "ready", "reserved", "busy", "wrap_up", "not_ready"
STATES = (OFFLINE, READY, RESERVED, BUSY, WRAP_UP, NOT_READY)
"""签出, 置闲, 振铃 (a call is on its way), 通话, 话后整理, 置忙 with a reason."""


class Seat(Base):
    """An agent at a telephone. `queues` is `,general,medical,`; `locked` by a supervisor (强制闭锁): no calls until unlocked."""

    __tablename__ = "phone_seat"

    agent: Mapped[str] = mapped_column(String(64), primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(64))
    node: Mapped[str] = mapped_column(String(64))
    """The exchange at which the telephone is registered; empty until that exchange's worker has seen it."""
    place: Mapped[str] = mapped_column(String(64))
    """Where it stands (远端座席, T10); empty for the centre itself."""
    area: Mapped[str] = mapped_column(String(32))
    queues: Mapped[str] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    """When wrap-up is over."""
    call_id: Mapped[str] = mapped_column(String(32))
    last_call_at: Mapped[datetime] = mapped_column(Instant)
    """For the longest idle: when the last call ended, or when it became ready after that."""
    last_missed_at: Mapped[datetime] = mapped_column(Instant)
    """When a missed call was given to it last: they go round (T13)."""
    locked: Mapped[bool] = mapped_column(default=False)
    reminded_call: Mapped[str] = mapped_column(String(32), default="")
    """The call whose form the agent was reminded of last (提醒补登)."""
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_phone_seat_state_last_call_at", "state", "last_call_at"),
        Index("ix_phone_seat_endpoint", "endpoint", unique=True, postgresql_where=state != OFFLINE, sqlite_where=state != OFFLINE),
    )


class Stint(Base):
    """How long a seat was in a state; the stints of a shift add up to it."""

    __tablename__ = "phone_stint"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    agent: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    call_id: Mapped[str] = mapped_column(String(32))

    __table_args__ = (Index("ix_phone_stint_agent_since", "agent", "since"),)
