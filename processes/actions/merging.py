"""When a case may be merged into another, and when one that answers for others may not be withdrawn (并案, C27)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import Conflict
from engine.messages.models import Subscription
from processes.casefile import links
from processes.casefile.models import Case
from processes.casefile.rows import CaseRow

TAKEN_BACK = "Withdraw"
"""The message by which a case's process is told that it goes no further of its own: withdrawn, or (with `master`) merged."""


class NotMergeable(Conflict):
    """这个案件的流程现在不能并案，请改为仅关联。 The process of this case cannot be merged now; link the two only."""

    code = "not-mergeable"


class MergedCase(Conflict):
    """本案已并入另一案件，请到主案办理。 This case was merged into another; act on that one instead."""

    code = "merged-case"


class AnswersForOthers(Conflict):
    """有其他市民的案件并入本案，不能撤回，须办结答复。 Cases of other citizens are merged into this one; it must be answered."""

    code = "answers-for-others"


def require_own(session: Session, case_no: str) -> None:
    """Raises `MergedCase`, naming the master, for a case that was merged into another."""
    master = links.answered_with(session, case_no)
    if master != case_no:
        raise MergedCase(case_no=case_no, master=master)


def require_taken_back(session: Session, case: CaseRow) -> None:
    """Raises `NotMergeable` unless the case's own process waits to be told that it was merged."""
    waiting = select(Subscription.task_id).where(Subscription.instance_id == case.instance_id, Subscription.message == TAKEN_BACK)
    if session.scalar(waiting.limit(1)) is None:
        raise NotMergeable(case_no=case.case_no)


def require_nobody_else(session: Session, case: CaseRow) -> None:
    """Raises `AnswersForOthers` where a case is merged into this one that is not the same citizen's."""
    merged = select(Case.case_no).where(Case.case_no.in_(links.merged_cases(session, case.case_no)))
    others = merged.where(Case.citizen_id.is_distinct_from(case.citizen_id) | Case.citizen_id.is_(None))
    if session.scalar(others.limit(1)) is not None:
        raise AnswersForOthers(case_no=case.case_no)
