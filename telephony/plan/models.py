"""The rows of plans."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json


class PhonePlan(Base):
    """A version of the plan 呼叫方案; the newest is in force, the others stay for whoever asks what was."""

    __tablename__ = "phone_plan"

    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(String(200))
    """What was changed and why, in the words of whoever did."""
