"""The table of the test clock."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant


class ClockOffset(Base):
    """The one row (id 1) that says how many microseconds the product's clock runs ahead of the machine's."""

    __tablename__ = "clock_offset"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    micros: Mapped[int] = mapped_column(BigInteger)
    travelling_until: Mapped[datetime | None] = mapped_column(Instant)
    """While a process moves the clock from stop to stop, by the machine's own time; a little ahead, in case it dies on the way."""
