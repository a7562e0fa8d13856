"""The tables of the history, of what people submitted, of the daily anchors, and of what is packed away."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant


class History(Base):
    """One command's steps in one instance, packed; the hash covers every column (履历).

    `data` are the JSON bytes of `{"steps": […]}` exactly as hashed; `type`, `element_id` and `flow_id` are
    the first step's. The row is never changed and never deleted; what people typed stands in `submission`.
    """

    __tablename__ = "history"
    instance_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("instance.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    type: Mapped[str] = mapped_column(String(16))
    element_id: Mapped[str | None] = mapped_column(String(80))
    flow_id: Mapped[str | None] = mapped_column(String(80))
    actor: Mapped[str] = mapped_column(String(80))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))

    __table_args__ = (Index("ix_history_at", "at"),)


class Submission(Base):
    """The text a person submitted with a step, sealed, deletable by the retention rules; the chain covers its digest."""

    __tablename__ = "submission"
    instance_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("instance.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class Anchor(Base):
    """A day's digest over the hashes of all its history rows and the day before's anchor, so that a cut tail shows."""

    __tablename__ = "anchor"
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    rows: Mapped[int]
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime] = mapped_column(Instant)


class Archive(Base):
    """A case that ended long ago, packed: its instances, histories, submissions and tasks, compressed (归档).

    `first_at` and `last_at` are the moments of its first and last history row, `rows` how many it has.
    """

    __tablename__ = "archive"
    business_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    rows: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    packed_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (Index("ix_archive_last_at", "last_at"),)


class ArchivedInstance(Base):
    """In whose packed case an instance lies, so that it is found by its own number, too."""

    __tablename__ = "archived_instance"
    instance_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    business_key: Mapped[str] = mapped_column(String(40))
