"""Linked cases (案件关联): a symmetric group of calls about one matter, with one master (C27)."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.errors import Conflict, Invalid
from processes.casefile.guards import case_of
from processes.casefile.models import CaseLink

KINDS = ("link", "merge")


class AlreadyLinked(Conflict):
    """两个案件已经关联。 The two cases are linked already."""

    code = "already-linked"


def master_of(session: Session, case_no: str) -> str:
    """The master of a case's group; the case itself when it was never linked."""
    return session.scalar(select(CaseLink.master).where(CaseLink.case_no == case_no)) or case_no


def group_of(session: Session, case_no: str) -> list[CaseLink]:
    """Every other case of a case's group, oldest link first; the master stands in it by a row of its own."""
    mine = select(CaseLink.master).where(CaseLink.case_no == case_no).scalar_subquery()
    return list(session.scalars(select(CaseLink).where(CaseLink.master == mine, CaseLink.case_no != case_no).order_by(CaseLink.at)))


def merged_into(session: Session, master: str) -> list[str]:
    """The numbers of cases that are answered together with this one (并案)."""
    return list(session.scalars(select(CaseLink.case_no).where(CaseLink.master == master, CaseLink.kind == "merge")))


def check(session: Session, case_no: str, other: str, kind: str) -> None:
    """Whether two cases can be linked. Raises `Invalid` naming the field, or `AlreadyLinked`."""
    if kind not in KINDS:
        raise Invalid(errors={"kind": "只能是 link 或 merge。 Must be link or merge."})
    if other == case_no:
        raise Invalid(errors={"case_no": "不能与自己关联。 A case cannot be linked with itself."})
    if master_of(session, case_no) == master_of(session, other):
        raise AlreadyLinked(case_no=case_no, other=other)


def join(session: Session, case_no: str, other: str, kind: str, at: datetime, by: str) -> str:
    """Put a case (with those linked to it) into the group of another; answers the group's master.

    The other's master stays master, so that what was dispatched already answers everybody.
    """
    master = master_of(session, case_of(session, other).case_no)
    if master_of(session, case_no) == master:
        return master
    if session.get(CaseLink, master) is None:
        session.add(CaseLink(case_no=master, master=master, kind="link", at=at, by=by))
    own = session.get(CaseLink, case_no)
    session.execute(update(CaseLink).where(CaseLink.master == case_no).values(master=master))
    if own is None:
        session.add(CaseLink(case_no=case_no, master=master, kind=kind, at=at, by=by))
    else:
        own.master, own.kind, own.at, own.by = master, kind, at, by
    session.flush()
    return master
