"""The table of the embedded queue, and beside it what the cluster's queue brings along."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Index, Integer, MetaData, String, Text, and_, event
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json
from engine.jobs import cluster_schema

TODO, DOING, DEAD = "todo", "doing", "dead"


class Job(Base):
    """A nudge: work that a background thread takes up. A finished job's row is gone; a dead one stays to be read.

    `ready_at` (the machine's time) lies ahead only after a failed attempt.
    """

    __tablename__ = "job"
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    args: Mapped[dict[str, Any]] = mapped_column(Json)
    case_id: Mapped[str | None] = mapped_column(String(120))
    key: Mapped[str | None] = mapped_column(String(160))
    state: Mapped[str] = mapped_column(String(8), default=TODO)
    attempts: Mapped[int] = mapped_column(default=0)
    ready_at: Mapped[datetime] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_job_key_todo", "key", unique=True, sqlite_where=state == TODO, postgresql_where=state == TODO),
        Index(
            "ix_job_case_id_doing",
            "case_id",
            unique=True,
            sqlite_where=and_(state == DOING, case_id.is_not(None)),
            postgresql_where=and_(state == DOING, case_id.is_not(None)),
        ),
        Index("ix_job_state", "state", "kind", "id"),
    )


@event.listens_for(Base.metadata, "after_create")
def _create_cluster_queue(_metadata: MetaData, connection: Connection, **_told: Any) -> None:
    cluster_schema.create(connection)
