"""Citizens, and the numbers that want no messages."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant


class Citizen(Base):
    """A citizen 市民 as known by name and phone, both encrypted; the indexes are keyed digests, for equality only."""

    __tablename__ = "citizen"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    name: Mapped[str] = mapped_column(Sealed)
    phone: Mapped[str] = mapped_column(Sealed)
    name_index: Mapped[str] = mapped_column(String(32))
    phone_index: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_citizen_phone_index_name_index", "phone_index", "name_index", unique=True),)


class CitizenClass(Base):
    """A citizen is a VIP客户 (`vip`) or a 重要客户 (`important`), as somebody of the centre said."""

    __tablename__ = "citizen_class"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    citizen_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("citizen.id"))
    name: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_citizen_class_citizen_id_name", "citizen_id", "name", unique=True),)


class OptOut(Base):
    """A number whose owner wants no text messages (退订), kept as a blind index."""

    __tablename__ = "sms_opt_out"

    phone_index: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(String(80))
