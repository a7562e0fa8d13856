"""The rows of recordings, and of everybody who listened."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant

CALL, VOICEMAIL = "call", "voicemail"


class Recording(Base):
    """A recording 录音 on the disk of the exchange that made it. `sha256` is of the file as first fetched; empty until then."""

    __tablename__ = "phone_recording"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(32), index=True)
    node: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    agent: Mapped[str | None] = mapped_column(String(64))
    case_no: Mapped[str] = mapped_column(String(64))
    seconds: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)
    bytes: Mapped[int | None] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))
    sha256: Mapped[str] = mapped_column(String(64))

    __table_args__ = (Index("ix_phone_recording_case_no", "case_no", postgresql_where=case_no != "", sqlite_where=case_no != ""),)


class Listening(Base):
    """Somebody listened to a recording, or downloaded it, and why."""

    __tablename__ = "phone_listening"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    recording: Mapped[str] = mapped_column(String(64), index=True)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(200))
