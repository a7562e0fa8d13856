"""What has gathered around a case, for its page: entries, returns, extensions, urges, supervising, replies, visits."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer_group

from processes.casefile.models import (
    CaseEntry,
    ExtensionRequest,
    ReplyAttempt,
    Satisfaction,
    SideAction,
    Supervise,
    Urge,
    WorkOrderReturn,
)

SHOWN: dict[str, tuple[Any, Sequence[str]]] = {
    "entries": (CaseEntry, ("at", "by", "kind", "label", "text", "reason")),
    "returns": (
        WorkOrderReturn,
        ("at", "by", "work_order", "unit", "reason", "basis", "audit", "audited_at", "audited_by", "audit_reason", "new_unit"),
    ),
    "extensions": (
        ExtensionRequest,
        ("asked_at", "asked_by", "work_order", "days", "state", "decided_at", "decided_by", "decision", "days_granted", "new_due_at"),
    ),
    "urges": (Urge, ("at", "by", "kind", "work_order", "text")),
    "supervision": (
        Supervise,
        (
            *("opened_at", "opened_by", "work_order", "level", "state", "opinion", "opinion_at", "opinion_by"),
            *("reply_by", "reply", "replied_at", "replied_by", "closed_at"),
        ),
    ),
    "replies": (ReplyAttempt, ("at", "by", "round", "method", "reached", "content")),
    "visits": (
        Satisfaction,
        ("at", "by", "round", "result", "handler_sat", "handling_sat", "score", "solved", "unsat_reason", "text"),
    ),
    "actions": (SideAction, ("at", "by", "action", "work_order", "text", "outcome")),
}
"""Key in the answer → table and the columns shown, each list in the order of its first column."""


def dossier(session: Session, case_no: str) -> dict[str, list[dict[str, Any]]]:
    """Every list of `SHOWN` for one case, one statement each."""
    return {key: _rows(session, case_no, model, columns) for key, (model, columns) in SHOWN.items()}


def _rows(session: Session, case_no: str, model: Any, columns: Sequence[str]) -> list[dict[str, Any]]:
    query = select(model).where(model.case_no == case_no).order_by(getattr(model, columns[0]))
    rows = session.scalars(query.options(undefer_group("sealed"))).all()
    return [{column: getattr(row, column) for column in columns} for row in rows]
