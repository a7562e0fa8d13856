"""The case itself (案件), what was written into it later, and what it is linked with."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.crypto import Sealed
from engine.db import Base, Instant
from processes.casefile.models.columns import CaseNo, RowId, Who


class Case(Base):
    """One matter of one citizen, from the first contact to its closing (案件). Personal data stands in sealed columns only."""

    __tablename__ = "case"
    __table_args__ = (
        Index("ix_case_opened", "opened_at", "case_no"),
        Index("ix_case_status_opened", "status", "opened_at", "case_no"),
        Index("ix_case_citizen", "citizen_id", "opened_at"),
        Index("ix_case_address", "address_index", "opened_at"),
    )

    case_no: Mapped[str] = mapped_column(String(24), primary_key=True)
    query_digest: Mapped[str] = mapped_column(String(32))
    """Keyed digest of the secret query code (查询码); the code itself is shown once and kept nowhere."""
    category: Mapped[str] = mapped_column(String(64))
    channel: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    demand: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    respondent: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    """Whom or what it is about (被反映对象)."""
    prelim_opinion: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    """The agent's first opinion on the task sheet (初步处理意见, C06)."""
    occurred_at: Mapped[datetime | None] = mapped_column(Instant)
    citizen_id: Mapped[int | None] = mapped_column(BigInteger)
    alt_phone: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    anonymous_reason: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    answer: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    """What the citizen is told, where somebody other than the leading unit wrote it (汇总答复、即时答复)."""
    area: Mapped[str | None] = mapped_column(String(32))
    address: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    address_index: Mapped[str | None] = mapped_column(String(32))
    """Blind index of the address, by which calls about one place are found."""
    class_l1: Mapped[str | None] = mapped_column(String(32))
    class_l2: Mapped[str | None] = mapped_column(String(32))
    class_l3: Mapped[str | None] = mapped_column(String(32))
    class_l4: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str | None] = mapped_column(String(32))
    urgency: Mapped[str | None] = mapped_column(String(16))
    confidential: Mapped[bool] = mapped_column(default=False)
    reply_pref: Mapped[str | None] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(8), default="open")
    """`open` or `closed`."""
    outcome: Mapped[str | None] = mapped_column(String(64))
    """The name of the end event that the case's main instance reached."""
    instance_id: Mapped[int | None] = mapped_column(BigInteger)
    opened_by: Mapped[Who]
    opened_at: Mapped[datetime] = mapped_column(Instant)
    first_dispatched_at: Mapped[datetime | None] = mapped_column(Instant)
    handled_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the last open work order was handled; empty while one is open."""
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


class TitlePair(Base):
    """That a case opened at this moment has these two characters beside each other in its title: how words of titles are found
    (`processes.casefile.titles`)."""

    __tablename__ = "title_pair"
    __table_args__ = ({"sqlite_with_rowid": False},)

    pair: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    opened_at: Mapped[datetime] = mapped_column(Instant, primary_key=True)
    """The case's own. No foreign key: of two cases of one microsecond both are looked at."""


class CaseEntry(Base):
    """Something written into a case: a supplement (补填), a leader's note (批示), a flag (超时回访), a progress report, a refusal."""

    __tablename__ = "case_entry"

    id: Mapped[RowId]
    case_no: Mapped[CaseNo]
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[Who]
    kind: Mapped[str] = mapped_column(String(16))
    """`supplement`, `note`, `flag`, `progress`, `refusal`, `correction`."""
    label: Mapped[str | None] = mapped_column(String(64))
    """The flag's name, the work order that a progress report is about, or the field that was corrected."""
    text: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    reason: Mapped[str | None] = mapped_column(Sealed, deferred=True, deferred_group="sealed")
    """Why a field was corrected; its old text stands in `text`."""


class CaseLink(Base):
    """Membership of a case in a group of cases about one matter (案件关联): every member names the group's one master."""

    __tablename__ = "case_link"

    case_no: Mapped[str] = mapped_column(String(24), ForeignKey("case.case_no"), primary_key=True)
    master: Mapped[str] = mapped_column(String(24), ForeignKey("case.case_no"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    """`merge` (并案: answered with the case in `merged_into`) or `link` (仅关联)."""
    merged_into: Mapped[str | None] = mapped_column(String(24), ForeignKey("case.case_no"), index=True)
    """The open case whose answer this one's citizen is given; never one that is merged itself, so there are no chains."""
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[Who]


class QueryLock(Base):
    """Wrong query codes tried on a case, and until when (real time) asking is closed."""

    __tablename__ = "query_lock"

    case_no: Mapped[str] = mapped_column(String(24), ForeignKey("case.case_no"), primary_key=True)
    wrong: Mapped[int]
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
