"""Correcting a record (案件修改): while the case is open and for some days after its closing; later it is locked (C29, D10)."""

from collections.abc import Mapping
from datetime import timedelta

from engine.errors import Conflict, Invalid
from engine.runtime.work import Work
from processes.casefile import numbers, tables
from processes.casefile.guards import case_of
from processes.casefile.models import CaseEntry

CORRECTABLE = frozenset({"title", "content", "address"})


class RecordLocked(Conflict):
    """案件办结已久，原记录已锁定，只能补填。 The record is locked, the case was closed too long ago; add a supplement instead."""

    code = "record-locked"


def correct(work: Work, case_no: str, changes: Mapping[str, str]) -> None:
    """Change texts of a record; what stood there before is kept as an entry. Raises `Invalid`, `NoSuchCase`, `RecordLocked`."""
    wrong = dict.fromkeys(changes.keys() - CORRECTABLE, "不能修改。 Cannot be changed.")
    wrong |= dict.fromkeys((key for key, text in changes.items() if not text.strip()), "不能为空。 Must not be empty.")
    if wrong or not changes:
        raise Invalid(errors=wrong or {"changes": "没有改动。 Nothing to change."})
    case = case_of(work.session, case_no)
    if case.closed_at is not None and work.now > case.closed_at + timedelta(days=tables.limit(work.session, "edit_days")):
        raise RecordLocked(case_no=case_no, closed_at=case.closed_at.isoformat())
    for key, text in changes.items():
        before = getattr(case, key)
        work.session.add(CaseEntry(case_no=case_no, at=work.now, by=work.actor.id, kind="correction", label=key, text=before))
        setattr(case, key, text.strip())
    if case.address is not None and "address" in changes:
        case.address_index = numbers.address_index(case.address)
    work.session.flush()
