"""Correcting a record (案件修改): while the case is open and for some days after its closing; later it is locked (C29, D10)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine import reasons, seen
from engine.actor import Actor
from engine.errors import Conflict, Forbidden, Invalid
from engine.runtime.work import Work
from processes.casefile import numbers, tables
from processes.casefile.changes import change_case
from processes.casefile.guards import NoSuchCase
from processes.casefile.models import Case, CaseEntry
from processes.registry.audit import services as audit

CORRECTABLE: Mapping[str, int] = {"title": 200, "content": 20_000, "demand": 20_000, "respondent": 200, "address": 300}
"""The texts of a record that may be put right, and how long each may be; what decides the way of a case is not among them."""
REQUIRED = frozenset({"title", "content"})
CORRECTORS = frozenset({"agent", "team_leader", "shift_leader"})


class RecordLocked(Conflict):
    """案件办结已久，原记录已锁定，只能补填。 The record is locked, the case was closed too long ago; add a supplement instead."""

    code = "record-locked"


def may_correct(actor: Actor) -> bool:
    """Whether somebody may correct records."""
    return actor.override or bool(actor.groups & CORRECTORS)


def is_locked(session: Session, closed_at: datetime | None, now: datetime) -> bool:
    """Whether a record of a case closed then can be corrected no more; the days stand in the table `limit`."""
    return closed_at is not None and now > closed_at + timedelta(days=tables.limit(session, "edit_days"))


def looked_at(texts: Mapping[str, Any]) -> str:
    """The mark of a record's correctable texts as somebody sees them."""
    return seen.mark(*(texts[key] for key in CORRECTABLE))


def correct(work: Work, case_no: str, changes: Mapping[str, str], reason: str, looked: str | None = None) -> list[str]:
    """Change texts of a record and answer which; what stood there before is kept as an entry with the reason, and put on record.

    `looked` is the `looked_at` of what the writer had before them. Raises `Forbidden`, `NoSuchCase`, `RecordLocked`,
    `ChangedMeanwhile`, or `Invalid` with the fields.
    """
    if not may_correct(work.actor):
        raise Forbidden()
    given = {key: text.strip() for key, text in changes.items()}
    wrong = _errors(given, reason.strip())
    if wrong:
        raise Invalid(errors=wrong)
    columns = [getattr(Case, key) for key in CORRECTABLE]
    # of two who correct at once the second keeps what the first wrote as the old text
    row = work.session.execute(select(Case.closed_at, *columns).where(Case.case_no == case_no).with_for_update()).one_or_none()
    if row is None:
        raise NoSuchCase(case_no=case_no)
    if is_locked(work.session, row.closed_at, work.now):
        raise RecordLocked(case_no=case_no, closed_at=row.closed_at.isoformat())
    seen.check(looked, looked_at({key: getattr(row, key) for key in CORRECTABLE}))
    changed = {key: text or None for key, text in given.items() if text != (getattr(row, key) or "")}
    if not changed:
        raise Invalid(errors={"changes": "没有改动。 Nothing to change."})
    kept = {"case_no": case_no, "at": work.now, "by": work.actor.id, "kind": "correction", "reason": reason.strip()}
    work.session.execute(insert(CaseEntry), [{**kept, "label": key, "text": getattr(row, key)} for key in changed])
    change_case(work.session, case_no, **_values(changed))
    audit.record(work.session, work.actor, "case.corrected", case_no, {"fields": sorted(changed)})
    return sorted(changed)


def _values(changed: Mapping[str, str | None]) -> dict[str, Any]:
    if "address" not in changed:
        return dict(changed)
    address = changed["address"]
    return {**changed, "address_index": numbers.address_index(address) if address else None}


def _errors(given: Mapping[str, str], reason: str) -> dict[str, str]:
    wrong = dict.fromkeys(sorted(given.keys() - CORRECTABLE.keys()), "不能修改。 Cannot be changed.")
    wrong |= {key: "不能为空。 Must not be empty." for key in REQUIRED if given.get(key) == ""}
    for key, longest in CORRECTABLE.items():
        if len(given.get(key, "")) > longest:
            wrong[key] = f"不能超过 {longest} 字。 At most {longest} characters."
    if message := reasons.wrong(reason):
        wrong["reason"] = message
    return wrong
