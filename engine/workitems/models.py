"""The table of work items."""

import re
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base, Instant, from_micros

OPEN, DONE, CANCELLED = "open", "done", "cancelled"
NEVER = from_micros(1 << 57)
"""Where tasks without a due time stand when the soonest due come first."""
URGENT = "urgent"
"""The `priority` of a user task that goes before every other, however late they are: somebody's life may hang on it."""
AHEAD = timedelta(days=40 * 365)
"""How far."""
_PUBLIC_ID = re.compile(r"([0-9]{1,18})-([0-9]{1,9})")
"""As many digits as fit into the columns whatever they are."""


def _open(name: str, *columns: str) -> Index:
    """An index over the open tasks alone."""
    still = text(f"state = '{OPEN}'")
    return Index(f"ix_work_item_{name}", *columns, sqlite_where=still, postgresql_where=still)


class WorkItem(Base):
    """A user task that waits for a person, or did (任务).

    `candidate_groups` is a comma list that begins and ends with a comma (`,agent,`), so that one group is
    found by a plain LIKE; `due_at` is the task's own `sla`, not the case's. `soonest` sorts the inbox: the due time, or
    `NEVER`, or what is urgent before all of them.
    """

    __tablename__ = "work_item"
    instance_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("instance.id"), primary_key=True)
    task_id: Mapped[int] = mapped_column(primary_key=True)
    element_id: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    business_key: Mapped[str] = mapped_column(String(40))
    process_key: Mapped[str] = mapped_column(String(80))
    candidate_groups: Mapped[str] = mapped_column(String(400))
    assignee: Mapped[str | None] = mapped_column(String(80))
    form_key: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    soonest: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(9))
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    # an inbox is read in the order of one of these, at a cost that does not grow with the number of open tasks
    __table_args__ = (
        _open("created", "created_at", "instance_id", "task_id"),
        _open("soonest", "soonest", "instance_id", "task_id"),
        _open("groups_created", "candidate_groups", "created_at", "instance_id", "task_id"),
        _open("groups_soonest", "candidate_groups", "soonest", "instance_id", "task_id"),
        _open("assignee", "assignee", "candidate_groups"),  # the second is for counting what nobody has claimed
        Index("ix_work_item_business_key", "business_key"),
    )

    @property
    def public_id(self) -> str:
        """The id that people, pages and the API use."""
        return public_id(self.instance_id, self.task_id)

    @property
    def urgent(self) -> bool:
        """Whether it goes before all others."""
        return is_urgent(self.soonest, self.due_at)


def is_urgent(soonest: datetime, due_at: datetime | None) -> bool:
    """Whether a task with these columns goes before all others."""
    return soonest < (due_at or NEVER)


def public_id(instance_id: int, task_id: int) -> str:
    """`"<instance>-<task>"`, ASCII and URL-safe."""
    return f"{instance_id}-{task_id}"


def split_id(text: str) -> tuple[int, int] | None:
    """The instance and task of a public id, or None when it is none."""
    found = _PUBLIC_ID.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def pack_groups(groups: list[str]) -> str:
    """The stored form of a list of candidate groups."""
    return f",{','.join(groups)}," if groups else ""


def unpack_groups(packed: str) -> list[str]:
    """The list of candidate groups of its stored form."""
    return [group for group in packed.split(",") if group]
