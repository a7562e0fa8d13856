"""The table of timers."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant

WAITING, QUEUED, FAILED = "waiting", "queued", "failed"


class Timer(Base):
    """A due time that a waiting task hangs on, or, with a process key and instance 0, periodic work (定时器).

    A row lives exactly as long as its timer waits: firing or cancelling deletes it, and the history keeps
    the due and the fire time. `state` and `queued_at` belong to the job queue.
    """

    __tablename__ = "timer"
    instance_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    task_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    element_id: Mapped[str] = mapped_column(String(80))
    business_key: Mapped[str] = mapped_column(String(40), default="")
    process_key: Mapped[str | None] = mapped_column(String(80))
    repeat: Mapped[str | None] = mapped_column(String(20))
    """Of periodic work: the ISO 8601 duration after which it is due again, `3/P1D` when only three times more; None for once."""
    due_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(8), default=WAITING)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_timer_due", "due_at", "instance_id", sqlite_where=state == WAITING, postgresql_where=state == WAITING),
        Index("ix_timer_queued", "queued_at", sqlite_where=state == QUEUED, postgresql_where=state == QUEUED),
    )
