"""The tables of definitions: what was deployed, in which state it is, and which versions an instance runs."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, Json

PROCESS, DECISION, FORM = "process", "decision", "form"
DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"


class DefinitionFile(Base):
    """A deployed file as it came, kept once however many versions have the same bytes."""

    __tablename__ = "definition_file"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 in hex."""
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DefinitionDeployment(Base):
    """Files that were deployed together by one person (部署)."""

    __tablename__ = "deployment"
    id: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)


class Definition(Base):
    """One version of a process, a decision table or a form (流程、决策表、表单定义).

    A key belongs to one kind only. `uses` names what the file refers to: `{"processes": […], "decisions": […],
    "forms": […], "start_messages": […], "start_every": […]}`. `warnings` are the findings the linter left it with.
    """

    __tablename__ = "process_definition"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(10))
    file_name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(ForeignKey("definition_file.digest"))
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    uses: Mapped[dict[str, list[str]]] = mapped_column(Json)
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    author: Mapped[str] = mapped_column(String(80))
    approver: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)
    checked_at: Mapped[datetime] = mapped_column(Instant)
    simulated_at: Mapped[datetime | None] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)

    __table_args__ = (UniqueConstraint("key", "version"), Index("ix_process_definition_status", "status", "key", "version"))


class DefinitionEpoch(Base):
    """One row, whose number is another after each publication: see `engine.definitions.current`."""

    __tablename__ = "definition_epoch"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)


class Bundle(Base):
    """A process with the exact versions of all it calls, decides by and shows; what an instance pins (decision 2).

    `parts` are `{kind: {key: version}}`. Of each process key at most one bundle is current: the one new instances take.
    """

    __tablename__ = "bundle"
    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    process_key: Mapped[str] = mapped_column(String(80))
    parts: Mapped[dict[str, dict[str, int]]] = mapped_column(Json)
    start_messages: Mapped[list[str]] = mapped_column(Json)
    current: Mapped[bool] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(Instant)

    __table_args__ = (
        Index("ix_bundle_current", "process_key", sqlite_where=current.is_(True), postgresql_where=current.is_(True), unique=True),
    )
