"""The tables of deliveries and incidents."""

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from engine import crypto
from engine.db import Base, Instant

WAITING, QUEUED, DONE, DEAD, CANCELLED = "waiting", "queued", "done", "dead", "cancelled"
PENDING = (WAITING, QUEUED)
OPEN, RETRIED, SKIPPED, RESOLVED = "open", "retried", "skipped", "resolved"
"""States of an incident; one whose instance or delivery was given up is `cancelled`."""
STEP, DELIVERY = "step", "delivery"
"""Kinds of incidents."""
RUNNING = "running"
"""State of a batch that is not done."""


class SealedJson(TypeDecorator[Any]):
    """A JSON value that is encrypted at rest: a delivery's body carries telephone numbers and people's words."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Encode and seal; `None` stays NULL."""
        return None if value is None else crypto.current().seal(orjson.dumps(value))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        """Open and decode."""
        return None if value is None else orjson.loads(crypto.current().open(bytes(value)))


class Delivery(Base):
    """One thing to be told to the outside. `id` travels as idempotency key; `seq` orders the deliveries of a case.

    `due_at` is the time of the next attempt, `settled_at` when it was done, dead or cancelled.
    """

    __tablename__ = "delivery"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    connector: Mapped[str] = mapped_column(String(40))
    business_key: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(Instant)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_delivery_due", "due_at", sqlite_where=state == WAITING, postgresql_where=state == WAITING),
        Index("ix_delivery_queued", "queued_at", sqlite_where=state == QUEUED, postgresql_where=state == QUEUED),
        Index(
            "ix_delivery_pending",
            "connector",
            "business_key",
            "seq",
            sqlite_where=state.in_(PENDING),
            postgresql_where=state.in_(PENDING),
        ),
        Index("ix_delivery_business_key", "business_key"),
    )


class Incident(Base):
    """Something that needs a person (异常事件): a delivery given up, or a step of a process that failed.

    `kind` is `delivery` or `step`; `place` the connector or the process; `cause` the error's code; `group_key` is the same for all
    that failed at the same place by the same cause. What fails again in the same way is the same incident: `times` counts
    it, `last_at` is the latest. `trace` and `again` are sealed because they may quote people's data. `origin` and what goes with
    it: see `engine.outbox.origin`. `skippable` says whether the flow could go on without the step.
    """

    __tablename__ = "incident"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(80), default="")
    element_id: Mapped[str | None] = mapped_column(String(80))
    cause: Mapped[str] = mapped_column(String(80))
    group_key: Mapped[str] = mapped_column(String(16))
    instance_id: Mapped[int | None] = mapped_column(BigInteger)
    delivery_id: Mapped[str | None] = mapped_column(String(40))
    business_key: Mapped[str] = mapped_column(String(40), default="")
    origin: Mapped[str] = mapped_column(String(12), default="")
    origin_instance_id: Mapped[int | None] = mapped_column(BigInteger)
    origin_task_id: Mapped[int | None]
    again: Mapped[dict[str, Any] | None] = mapped_column(SealedJson)
    skippable: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str] = mapped_column(Text)
    message_en: Mapped[str] = mapped_column(Text)
    trace: Mapped[str | None] = mapped_column(crypto.Sealed)
    times: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(10), default=OPEN)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_incident_open", "kind", "cause", "group_key", sqlite_where=state == OPEN, postgresql_where=state == OPEN),
        Index("ix_incident_group_key", "group_key", "id"),
        Index("ix_incident_business_key", "business_key"),
        Index("ix_incident_instance_id", "instance_id"),
        Index("ix_incident_delivery_id", "delivery_id"),
    )


class IncidentBatch(Base):
    """One action on the incidents of a group that were open when it began, worked off in the background: from the one behind
    `cursor` to `last`."""

    __tablename__ = "incident_batch"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    group_key: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    actor: Mapped[str] = mapped_column(String(80))
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    last: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(8), default=RUNNING)
    created_at: Mapped[datetime] = mapped_column(Instant)
    moved_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (Index("ix_incident_batch_group_key", "group_key", "id"),)
