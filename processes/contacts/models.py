"""Calls as far as cases speak of them: by their ids, never by a number."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant

CALL = 40
"""Characters of a call's id: it is the business key of its processes."""
ALARM_OWNER, ALARM_KEY = 48, 8
"""Characters of who owns a pager's key, and of the key."""


class CaseCall(Base):
    """A call that belongs to a case (来电关联): it was opened in it, or it was about it. Recordings are found by the call's id.

    `query_code` is there, sealed, from the opening of the case until the caller was told it.
    """

    __tablename__ = "case_call"

    call_id: Mapped[str] = mapped_column(String(CALL), primary_key=True)
    case_no: Mapped[str] = mapped_column(String(24), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    query_code: Mapped[str | None] = mapped_column(Sealed)

    __table_args__ = (Index("ix_case_call_case_no", "case_no"),)


class MissedCall(Base):
    """A call that nobody answered, or a message left instead (未接来电、语音留言).

    `caller` is telephony's keyed digest of the number; `merged_into` the call that this one is called back with.
    """

    __tablename__ = "missed_call"

    call_id: Mapped[str] = mapped_column(String(CALL), primary_key=True)
    caller: Mapped[str | None] = mapped_column(String(64))
    queue: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant)
    instance_id: Mapped[int] = mapped_column(BigInteger)
    merged_into: Mapped[str | None] = mapped_column(String(CALL))
    tries: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("ix_missed_call_caller_at", "caller", "at"),)


class PagerAlarm(Base):
    """The case that a pager's key opened last (一键通呼叫). `owner` is the elder, or the device that nobody registered."""

    __tablename__ = "pager_alarm"

    owner: Mapped[str] = mapped_column(String(ALARM_OWNER), primary_key=True)
    key: Mapped[str] = mapped_column(String(ALARM_KEY), primary_key=True)
    case_no: Mapped[str] = mapped_column(String(24))
