"""Linked cases (案件关联): a symmetric group of calls about one matter, with one master (C27).

A merged case (并案) is handled and answered no further of its own: it names the case that it was merged into, whose
answer its citizen is given. That one is always an open case that is not merged itself: whoever merges into a merged
case merges into its master, and when a master is merged in turn, those merged into it go along.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.errors import Conflict, Invalid
from processes.casefile.guards import case_of
from processes.casefile.models import Case, CaseLink

LINK, MERGE = "link", "merge"
KINDS = (LINK, MERGE)


class AlreadyLinked(Conflict):
    """两个案件已经关联。 The two cases are linked already."""

    code = "already-linked"


class AlreadyMerged(Conflict):
    """本案已经并入另一案件，不能再次并案。 This case has been merged into another already; it cannot be merged again."""

    code = "already-merged"


class MergedIntoThis(Conflict):
    """另一案件已经并入本案，不能反过来并案。 The other case has been merged into this one; it cannot go the other way too."""

    code = "merged-into-this"


class MasterClosed(Conflict):
    """要并入的案件已经结案，请改为仅关联。 The case to merge into is closed; link the two only."""

    code = "master-closed"


def master_of(session: Session, case_no: str) -> str:
    """The master of a case's group; the case itself when it was never linked."""
    return session.scalar(select(CaseLink.master).where(CaseLink.case_no == case_no)) or case_no


def group_of(session: Session, case_no: str) -> list[CaseLink]:
    """Every other case of a case's group, oldest link first; the master stands in it by a row of its own."""
    mine = select(CaseLink.master).where(CaseLink.case_no == case_no).scalar_subquery()
    return list(session.scalars(select(CaseLink).where(CaseLink.master == mine, CaseLink.case_no != case_no).order_by(CaseLink.at)))


def answered_with(session: Session, case_no: str) -> str:
    """The case whose answer a case's citizen is given: the one it was merged into, else the case itself."""
    return session.scalar(select(CaseLink.merged_into).where(CaseLink.case_no == case_no)) or case_no


def merged_cases(session: Session, master: str) -> list[str]:
    """The numbers of the cases that are answered together with this one (并案), oldest first."""
    return list(session.scalars(select(CaseLink.case_no).where(CaseLink.merged_into == master).order_by(CaseLink.at, CaseLink.case_no)))


def check(session: Session, case_no: str, other: str, kind: str) -> None:
    """Whether two cases can be linked. Raises `Invalid` naming the field, or a `Conflict` that says why not."""
    if kind not in KINDS:
        raise Invalid(errors={"kind": "只能是 link 或 merge。 Must be link or merge."})
    if other == case_no:
        raise Invalid(errors={"case_no": "不能与自己关联。 A case cannot be linked with itself."})
    if kind == MERGE:
        _check_merge(session, case_no, answered_with(session, other))
    elif master_of(session, case_no) == master_of(session, other):
        raise AlreadyLinked(case_no=case_no, other=other)


def _check_merge(session: Session, case_no: str, master: str) -> None:
    if answered_with(session, case_no) != case_no:
        raise AlreadyMerged(case_no=case_no, master=answered_with(session, case_no))
    if master == case_no:
        raise MergedIntoThis(case_no=case_no)
    # who closes the master at this moment waits, or has closed it for good: nobody is merged into a case and told nothing
    if session.scalar(select(Case.status).where(Case.case_no == master).with_for_update()) != "open":
        raise MasterClosed(case_no=case_no, master=master)


def join(session: Session, case_no: str, other: str, kind: str, at: datetime, by: str) -> str:
    """Put a case, with those linked to it, into the group of another; answers the case it is merged into, or the group's master.

    The other's master stays master, so that what was dispatched already answers everybody. Raises `NoSuchCase`.
    """
    found = case_of(session, other).case_no
    target = answered_with(session, found) if kind == MERGE else found
    mine, theirs = master_of(session, case_no), master_of(session, target)
    if kind == LINK and mine == theirs:
        return theirs
    # a master that is merged into one of its own group gives its place away
    master = target if theirs == case_no else theirs
    for number in dict.fromkeys((case_no, target, master)):
        if session.get(CaseLink, number) is None:
            session.add(CaseLink(case_no=number, master=master, kind=LINK, at=at, by=by))
    session.flush()
    session.execute(update(CaseLink).where(CaseLink.master.in_((mine, theirs))).values(master=master))
    if kind == MERGE:
        session.execute(update(CaseLink).where(CaseLink.case_no == case_no).values(kind=MERGE, at=at, by=by))
        both = (CaseLink.case_no == case_no) | (CaseLink.merged_into == case_no)
        session.execute(update(CaseLink).where(both).values(merged_into=target))
        return target
    return master
