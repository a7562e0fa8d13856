"""The tables by which a load of synthetic cases is resumed after a kill."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant


class DemoLoad(Base):
    """One load of synthetic cases; number 1 is the demo city. The last moment reached is that of its newest history row."""

    __tablename__ = "demo_load"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seed: Mapped[int]
    cases: Mapped[int]
    begins_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class DemoCase(Base):
    """A synthetic case: the number `number` of its load, written with the command that opened it."""

    __tablename__ = "demo_case"
    case_no: Mapped[str] = mapped_column(String(40), primary_key=True)
    load_id: Mapped[int] = mapped_column(ForeignKey("demo_load.id"), index=True)
    number: Mapped[int]
