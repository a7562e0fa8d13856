"""The table of drafts."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant


class TaskDraft(Base):
    """One person's half-filled form of one open task. `answers` is JSON, sealed as submissions are."""

    __tablename__ = "task_draft"
    instance_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    task_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    username: Mapped[str] = mapped_column(String(80), primary_key=True)
    saved_at: Mapped[datetime] = mapped_column(Instant)
    answers: Mapped[str] = mapped_column(Sealed)
