"""The row of a worker: who answers for an application's calls."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant


class PhoneWorker(Base):
    """A telephony worker. Moments are real time, never the test clock's."""

    __tablename__ = "phone_worker"

    app: Mapped[str] = mapped_column(String(64), primary_key=True)
    node: Mapped[str] = mapped_column(String(64), index=True)
    holder: Mapped[str] = mapped_column(String(32))
    """Random, of the process itself: a second one of the same name is told from the first."""
    started_at: Mapped[datetime] = mapped_column(Instant)
    beat_at: Mapped[datetime] = mapped_column(Instant)
