"""The table of process instances."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant

LIVE, ENDED = "live", "ended"


class Instance(Base):
    """A running or ended process instance (流程实例).

    `state` is the compact blob of `engine.spiff.codec`, of an ended one only its process data; `version` counts commits and guards them
    (optimistic); `last_seq` and `last_hash` are the head of its history chain. `business_key` is the case
    number for every instance of a case.
    """

    __tablename__ = "instance"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    bundle_id: Mapped[int] = mapped_column(ForeignKey("bundle.id"))
    process_key: Mapped[str] = mapped_column(String(80))
    process_version: Mapped[int]
    business_key: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(8))
    outcome: Mapped[str | None] = mapped_column(String(80))
    version: Mapped[int]
    state: Mapped[bytes] = mapped_column(LargeBinary)
    state_format: Mapped[int] = mapped_column(SmallInteger)
    last_seq: Mapped[int]
    last_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_instance_business_key", "business_key"),
        Index("ix_instance_ended", "ended_at", sqlite_where=status == ENDED, postgresql_where=status == ENDED),
        Index("ix_instance_live", "process_key", sqlite_where=status == LIVE, postgresql_where=status == LIVE),
    )
