"""What the citizen was told (反馈) and what the citizen thought of it (回访、满意度)."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant
from processes.casefile.models.columns import CaseNo, RowId, Who


class ReplyAttempt(Base):
    """One attempt to tell the citizen the result (反馈市民)."""

    __tablename__ = "reply_attempt"

    id: Mapped[RowId]
    case_no: Mapped[CaseNo]
    round: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[Who]
    method: Mapped[str | None] = mapped_column(String(16))
    reached: Mapped[bool]
    content: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")


class Satisfaction(Base):
    """One return visit's answer on the two subjects, the handler and the handling (经办人、案件办理)."""

    __tablename__ = "satisfaction"

    id: Mapped[RowId]
    case_no: Mapped[CaseNo]
    round: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[Who]
    result: Mapped[str] = mapped_column(String(16))
    """`satisfied`, `unsatisfied`, `unconfirmed` or `unreached`."""
    handler_sat: Mapped[str | None] = mapped_column(String(16))
    handling_sat: Mapped[str | None] = mapped_column(String(16))
    score: Mapped[int | None]
    solved: Mapped[str | None] = mapped_column(String(16))
    unsat_reason: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
