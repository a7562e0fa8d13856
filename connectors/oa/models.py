"""The table of webhooks received."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json


class ReceivedWebhook(Base):
    """A callback that was well signed, and what it was answered: a repeat of its id is answered the same."""

    __tablename__ = "received_webhook"
    unit: Mapped[str] = mapped_column(String(32), primary_key=True)
    webhook_id: Mapped[str] = mapped_column(String(120), primary_key=True)
    status: Mapped[int]
    answer: Mapped[dict[str, Any]] = mapped_column(Json)
    received_at: Mapped[datetime] = mapped_column(Instant)
