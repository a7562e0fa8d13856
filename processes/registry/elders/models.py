"""Elders, their devices, and their contacts in the order in which they are called."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant

CODE = 32
"""Characters of a device's code."""


class Elder(Base):
    """An elder with a one-key device (一键通用户): a citizen, where they live, and what helpers must know."""

    __tablename__ = "elder"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    citizen_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("citizen.id"), unique=True)
    area: Mapped[str | None] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(Sealed)
    health: Mapped[str | None] = mapped_column(Sealed)
    """Illnesses, medicines, allergies (健康备注)."""
    profile: Mapped[str | None] = mapped_column(Sealed)
    """How they live: alone or not, who has a key, how to get in (居住情况)."""
    created_at: Mapped[datetime] = mapped_column(Instant)


class ElderDevice(Base):
    """A pager (呼叫器) or a telephone line with the key. `line_index` is the blind index of the line's number."""

    __tablename__ = "elder_device"

    code: Mapped[str] = mapped_column(String(CODE), primary_key=True)
    elder_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("elder.id"), index=True)
    line: Mapped[str | None] = mapped_column(Sealed)
    """The number that it calls from, as people wrote it."""
    line_index: Mapped[str | None] = mapped_column(String(32), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    last_test_at: Mapped[datetime] = mapped_column(Instant)
    """When it was last heard of: its test call, or an alarm; at first when it was handed out."""

    __table_args__ = (
        Index("ix_elder_device_last_test_at", "last_test_at"),
        # two devices on one line could not be told apart
        Index("ix_elder_device_line_in_use", "line_index", unique=True, postgresql_where=text("active"), sqlite_where=text("active")),
    )


class ElderContact(Base):
    """Somebody to call for an elder, first things first. `role` is `family`, `liaison` or `doctor` (家人、社区联络员、看护医生)."""

    __tablename__ = "elder_contact"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    elder_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("elder.id"))
    place: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(Sealed)
    phone: Mapped[str] = mapped_column(Sealed)

    __table_args__ = (Index("ix_elder_contact_elder_id_place", "elder_id", "place", unique=True),)
