"""The rows of outbound lists."""

from datetime import datetime, time

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant

RowId = BigInteger().with_variant(Integer, "sqlite")
RUNNING, PAUSED, OVER = "running", "paused", "over"
WAITING, CALLING, DONE, FAILED, SKIPPED = "waiting", "calling", "done", "failed", "skipped"


class Campaign(Base):
    """An outbound list 外呼任务. People are called between two moments, and on each day between two times of Beijing."""

    __tablename__ = "phone_campaign"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    queue: Mapped[str] = mapped_column(String(32))
    """Whose agents talk with who answers; empty for the survey's questions, asked by machine."""
    opens_at: Mapped[datetime] = mapped_column(Instant)
    closes_at: Mapped[datetime] = mapped_column(Instant)
    from_minute: Mapped[int]
    """Minutes after midnight, Beijing time."""
    to_minute: Mapped[int]
    most_tries: Mapped[int]
    pause_minutes: Mapped[int]
    """Between two tries of one number."""
    at_once: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), index=True)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)

    @property
    def day(self) -> tuple[time, time]:
        """The times of day between which people are called."""
        return _clock(self.from_minute), _clock(self.to_minute)


class Target(Base):
    """A number on a list, and what came of it."""

    __tablename__ = "phone_target"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("phone_campaign.id"))
    number: Mapped[str] = mapped_column(Sealed)
    number_index: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    tries: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(Instant)
    call_id: Mapped[str] = mapped_column(String(32), index=True)
    """Of the last try."""
    result: Mapped[str] = mapped_column(Text)
    """The survey's answers as JSON, as many as the plan has questions; else one word."""

    __table_args__ = (
        Index("ix_phone_target_campaign_id_state_next_at", "campaign_id", "state", "next_at"),
        Index("ix_phone_target_campaign_id_number_index", "campaign_id", "number_index", unique=True),
    )


def _clock(minute: int) -> time:
    return time.max if minute >= 24 * 60 else time(minute // 60, minute % 60)
