"""The log of messages, and the demo's mailbox."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant


class SmsMessage(Base):
    """One message that a process wanted sent (短信记录), also when it could not be: `unsent` then says why.

    `side` is `citizen`, `unit`, `unit_leader` or `centre`; `receiver` a unit's code, empty for a citizen; `phone` is masked.
    Whether it has gone out stands in its delivery.
    """

    __tablename__ = "sms_message"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    case_no: Mapped[str] = mapped_column(String(40))
    work_order: Mapped[str | None] = mapped_column(String(40))
    instance_id: Mapped[int] = mapped_column(BigInteger)
    element_id: Mapped[str] = mapped_column(String(80))
    template: Mapped[str] = mapped_column(String(24))
    side: Mapped[str] = mapped_column(String(12))
    receiver: Mapped[str] = mapped_column(String(32))
    phone: Mapped[str | None] = mapped_column(String(24))
    text: Mapped[str] = mapped_column(Text)
    delivery_id: Mapped[str | None] = mapped_column(String(40))
    unsent: Mapped[str | None] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_sms_message_case_no", "case_no", "at"),)


class MailboxMessage(Base):
    """A message that the demo did not send. `id` is the delivery's."""

    __tablename__ = "mailbox_message"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    phone: Mapped[str] = mapped_column(Sealed)
    text: Mapped[str] = mapped_column(Text)
    case_no: Mapped[str] = mapped_column(String(40), index=True)
    template: Mapped[str] = mapped_column(String(24))
    side: Mapped[str] = mapped_column(String(12))
    received_at: Mapped[datetime] = mapped_column(Instant, index=True)
