"""What a visit and a reply leave behind. Each is one statement: the round is read by the database itself."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, func, select

from engine.context import Context
from engine.db import tables
from engine.inserts import insertion
from processes.casefile.models import ReplyAttempt, Satisfaction, WorkOrder
from processes.casefile.submitted import submitted, words, yes

UNREACHED, UNSATISFIED, UNCONFIRMED, SATISFIED = "unreached", "unsatisfied", "unconfirmed", "satisfied"
(ORDER,) = tables(WorkOrder)
ROUND = select(func.coalesce(func.max(ORDER.c.round), 0)).where(ORDER.c.case_no == bindparam("case_no")).scalar_subquery()
_VISITED: Final = insertion(Satisfaction, round=ROUND)
_REPLIED: Final = insertion(ReplyAttempt, round=ROUND)
SPOKEN = {"满意": SATISFIED, "不满意": UNSATISFIED, "无法确认": UNCONFIRMED}


def record_visit(context: Context, *, keyed: Mapping[str, Any] | None = None) -> dict[str, str]:
    """回访登记 Keep the citizen's answers on both subjects, from the form or as they were keyed in on the telephone (`keyed`);
    answers how the visit came out."""
    if keyed is not None:
        context = context._replace(variables={}, answers={"reached": True, **keyed})
    given = {key: words(submitted(context, key, "visit")) for key in ("handler_sat", "handling_sat")}
    subjects = {key: SPOKEN.get(value, value) if value else None for key, value in given.items()}
    result = outcome(yes(submitted(context, "reached", "visit")), *subjects.values())
    score = submitted(context, "score", "visit")
    _keep(
        context,
        result=result,
        **subjects,
        score=int(score) if score is not None else None,
        solved=words(submitted(context, "solved", "visit")),
        unsat_reason=words(submitted(context, "unsat_reason", "visit")),
        text=words(submitted(context, "unsat_text", "visit")),
    )
    return {"result": result}


def visit_unconfirmed(context: Context) -> dict[str, str]:
    """回访无法确认 Close the visit of somebody who could not be reached, however often it was tried (C22)."""
    _keep(context, result=UNCONFIRMED, handler_sat=UNCONFIRMED, handling_sat=UNCONFIRMED)
    return {"result": UNCONFIRMED}


def record_reply(context: Context) -> dict[str, bool]:
    """反馈登记 Keep one attempt to tell the citizen the result; answers whether the citizen was reached (C21)."""
    reached = yes(submitted(context, "reached", "reply_citizen"))
    said = {
        "method": words(submitted(context, "method", "reply_citizen")),
        "reached": reached,
        "content": words(submitted(context, "content", "reply_citizen")),
    }
    _REPLIED.run(context.session.connection(), {**_by_whom(context), **said})
    return {"reached": reached}


def outcome(reached: bool, *subjects: str | None) -> str:
    """How a visit came out: any 不满意 makes it unsatisfied, else any 无法确认 or missing answer makes it unconfirmed."""
    if not reached:
        return UNREACHED
    if UNSATISFIED in subjects:
        return UNSATISFIED
    return SATISFIED if all(subject == SATISFIED for subject in subjects) else UNCONFIRMED


def _keep(context: Context, **values: Any) -> None:
    _VISITED.run(context.session.connection(), {**_by_whom(context), **values})


def _by_whom(context: Context) -> dict[str, Any]:
    return {"case_no": context.business_key, "at": context.now, "by": context.actor.id}
