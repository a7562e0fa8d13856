"""Work orders (转办单), their returns (退单) and requests for more time (延期申请)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant
from processes.casefile.models.columns import CaseNo, OrderNo, RowId, Who


class WorkOrder(Base):
    """One unit's share of a case (转办单), with its own clock and lamps."""

    __tablename__ = "work_order"
    __table_args__ = (
        Index("ix_work_order_unit", "unit", "status", "due_at"),
        Index("ix_work_order_instance", "instance_id"),
    )

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_no: Mapped[CaseNo]
    unit: Mapped[str] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(8))
    """`lead` (主办) or `assist` (协办)."""
    round: Mapped[int] = mapped_column(default=0)
    """0 for the first dispatch, 1 after the first redo (重办)."""
    urgency: Mapped[str | None] = mapped_column(String(16))
    review: Mapped[bool] = mapped_column(default=False)
    """Whether the unit's result is looked at by the centre before it counts (结果审核)."""
    status: Mapped[str] = mapped_column(String(16), default="open")
    """`open`, `done`, `returned` or `withdrawn`."""
    dispatched_at: Mapped[datetime] = mapped_column(Instant)
    original_due_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    near_at: Mapped[datetime] = mapped_column(Instant)
    calendar: Mapped[str] = mapped_column(String(1))
    """`C` calendar days, `W` working days."""
    ack_minutes: Mapped[int]
    acked_at: Mapped[datetime | None] = mapped_column(Instant)
    ack_level: Mapped[int] = mapped_column(default=0)
    """Reminders sent because the unit had not confirmed in time; above 0 the mark 超时确认 stays for good."""
    reopened: Mapped[int] = mapped_column(default=0)
    handled_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[str | None] = mapped_column(String(32))
    contacted: Mapped[bool | None]
    """Whether the unit says that it has spoken with the citizen."""
    est_finish: Mapped[date | None] = mapped_column(Date)
    contact_person: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    contact_phone: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    reply: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    measures: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    instance_id: Mapped[int | None] = mapped_column(BigInteger)


class WorkOrderReturn(Base):
    """A unit's request to give a work order back, and what the centre found (退单审核)."""

    __tablename__ = "work_order_return"

    id: Mapped[RowId]
    work_order: Mapped[OrderNo]
    case_no: Mapped[CaseNo]
    unit: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[Who]
    reason: Mapped[str | None] = mapped_column(String(64))
    basis: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    audit: Mapped[str] = mapped_column(String(8), default="pending")
    """`pending`, `approve` or `reject`."""
    audited_at: Mapped[datetime | None] = mapped_column(Instant)
    audited_by: Mapped[str | None] = mapped_column(String(64))
    audit_reason: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    new_unit: Mapped[str | None] = mapped_column(String(32))


class ExtensionRequest(Base):
    """A unit's request for more time; at most one pending one an order, which the database itself holds to."""

    __tablename__ = "extension_request"
    __table_args__ = (
        Index(
            "uq_extension_request_pending",
            "work_order",
            unique=True,
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: Mapped[RowId]
    instance_id: Mapped[int] = mapped_column(BigInteger, index=True)
    """The instance of the process `extension` that asks."""
    work_order: Mapped[OrderNo]
    case_no: Mapped[CaseNo]
    days: Mapped[int]
    """Days asked for, in the order's own calendar."""
    state: Mapped[str] = mapped_column(String(8), default="pending")
    """`pending`, `granted` or `refused`."""
    asked_at: Mapped[datetime] = mapped_column(Instant)
    asked_by: Mapped[Who]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decision: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    """What the centre said with its decision."""
    days_granted: Mapped[int | None]
    old_due_at: Mapped[datetime | None] = mapped_column(Instant)
    new_due_at: Mapped[datetime | None] = mapped_column(Instant)
