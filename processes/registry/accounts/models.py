"""The tables of accounts, roles and memberships."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base, Instant

RowId = BigInteger().with_variant(Integer, "sqlite")


class Account(Base):
    """Somebody who can log in. Callers are only ever told the work number 工号 (C48)."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(64))
    work_number: Mapped[str] = mapped_column(String(16), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    demo: Mapped[bool] = mapped_column(default=False)
    """An account of the demo city, with a password that everybody knows; production refuses to start with one."""
    created_at: Mapped[datetime] = mapped_column(Instant)
    memberships: Mapped[list["Membership"]] = relationship(cascade="all, delete-orphan", order_by="Membership.id")


class Role(Base):
    """A role 角色: what the candidate groups of a diagram name."""

    __tablename__ = "role"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    name_en: Mapped[str] = mapped_column(String(48))


class Membership(Base):
    """An account in a role; in the roles of a unit, for that unit."""

    __tablename__ = "membership"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    role_code: Mapped[str] = mapped_column(ForeignKey("role.code"))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))

    __table_args__ = (Index("ix_membership_role_unit", "role_code", "unit_code"),)


class LoginFailure(Base):
    """Failed log-ins under one name, known or not; the name itself is not kept. Real time, never the test clock's."""

    __tablename__ = "login_failure"

    name_index: Mapped[str] = mapped_column(String(32), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(Instant, index=True)
    locked_until: Mapped[datetime | None] = mapped_column(Instant)
