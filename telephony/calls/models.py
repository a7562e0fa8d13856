"""The rows of calls: the call itself with its state, and its legs once they are over (话单, T22)."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant

CALL_ID = 32


class PhoneCall(Base):
    """A call 通话. `body` is the encrypted value of `calls/values.py` while it lives, empty afterwards."""

    __tablename__ = "phone_call"

    id: Mapped[str] = mapped_column(String(CALL_ID), primary_key=True)
    node: Mapped[str] = mapped_column(String(64))
    app: Mapped[str] = mapped_column(String(64))
    """The worker that answers for it."""
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    number: Mapped[str] = mapped_column(Sealed)
    number_index: Mapped[str] = mapped_column(String(32))
    service: Mapped[str] = mapped_column(String(32))
    queue: Mapped[str] = mapped_column(String(32))
    agent: Mapped[str | None] = mapped_column(String(64))
    case_no: Mapped[str] = mapped_column(String(64))
    began_at: Mapped[datetime] = mapped_column(Instant)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    """When a person, or the machine, answered."""
    talking_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str] = mapped_column(String(16))
    talked_ms: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("ix_phone_call_number_index_began_at", "number_index", "began_at"),
        Index("ix_phone_call_began_at", "began_at"),
        Index("ix_phone_call_case_no", "case_no", postgresql_where=case_no != "", sqlite_where=case_no != ""),
        Index("ix_phone_call_live", "node", "app", postgresql_where=ended_at.is_(None), sqlite_where=ended_at.is_(None)),
    )


class PhoneLeg(Base):
    """A leg 话路 of a call that is over. Never changed: the record of what was connected, and for how long."""

    __tablename__ = "phone_leg"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(CALL_ID), index=True)
    role: Mapped[str] = mapped_column(String(16))
    agent: Mapped[str | None] = mapped_column(String(64))
    number: Mapped[str] = mapped_column(Sealed)
    created_at: Mapped[datetime] = mapped_column(Instant)
    up_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime] = mapped_column(Instant)
    cause: Mapped[int | None] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    """By Q.850; -1 when it could not be dialled, -2 when the exchange did not answer, or has nothing of it."""
    talked_ms: Mapped[int] = mapped_column(Integer)


class PhoneNotice(Base):
    """What a call tells the processes, until they know it: written with the call's step, sent in a transaction of its own."""

    __tablename__ = "phone_notice"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    node: Mapped[str] = mapped_column(String(64), index=True)
    call_id: Mapped[str] = mapped_column(String(CALL_ID))
    message: Mapped[str] = mapped_column(String(64))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    """JSON; ids and flags only."""
