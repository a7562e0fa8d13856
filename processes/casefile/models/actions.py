"""Side actions (侧向动作): what was asked beside the main flow, urging (催办) and supervising (督办)."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant
from processes.casefile.models.columns import CaseNo, OrderNo, RowId, Who


class SideAction(Base):
    """One side action as somebody asked for it, under its process instance; its words stay sealed here, never in process data."""

    __tablename__ = "side_action"

    instance_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    case_no: Mapped[CaseNo]
    work_order: Mapped[str | None] = mapped_column(String(32))
    action: Mapped[str] = mapped_column(String(24))
    text: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[Who]
    outcome: Mapped[str | None] = mapped_column(String(64))
    """The end event its process reached."""


class Urge(Base):
    """A reminder to the units before the due time (催办); never counted as supervising."""

    __tablename__ = "urge"

    id: Mapped[RowId]
    case_no: Mapped[CaseNo]
    work_order: Mapped[str | None] = mapped_column(String(32))
    """The order urged, or empty for all open orders of the case."""
    kind: Mapped[str] = mapped_column(String(8))
    """`citizen`, `agent` or `auto`."""
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[Who]
    text: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")


class Supervise(Base):
    """Formal supervising after the due time (督办): needs an answer, its level rises with each date missed."""

    __tablename__ = "supervise"

    id: Mapped[RowId]
    work_order: Mapped[OrderNo]
    case_no: Mapped[CaseNo]
    level: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(8), default="started")
    """`started` (the supervisor has yet to say what is wanted), `open`, `replied` or `closed`."""
    opened_at: Mapped[datetime] = mapped_column(Instant)
    """When the supervising began, and who or what began it: the clock (`system`) at the due time, as a rule."""
    opened_by: Mapped[Who]
    opinion_at: Mapped[datetime | None] = mapped_column(Instant)
    opinion_by: Mapped[str | None] = mapped_column(String(64))
    """The supervisor (督办员) who gave the newest opinion."""
    opinion: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    reply_by: Mapped[datetime | None] = mapped_column(Instant)
    reply: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    replied_by: Mapped[str | None] = mapped_column(String(64))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    instance_id: Mapped[int | None] = mapped_column(BigInteger)
