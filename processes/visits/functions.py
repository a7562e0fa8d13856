"""The functions about visits and replies that diagrams call; attempts count per round, so a redo begins anew."""

from typing import Final

from sqlalchemy import bindparam, func, select

from engine.context import Context
from engine.db import tables
from engine.errors import Invalid
from engine.prepared import Prepared
from processes.casefile.models import ReplyAttempt, Satisfaction
from processes.deadlines import limits
from processes.deadlines.services import calendar
from processes.deadlines.zone import LOCAL
from processes.visits.operations import ROUND, UNREACHED

VISIT, REPLY = tables(Satisfaction, ReplyAttempt)
_THIS_ROUND = {table: (table.c.case_no == bindparam("case_no"), table.c.round == ROUND) for table in (VISIT, REPLY)}
_VISITS: Final = Prepared(select(func.count()).where(*_THIS_ROUND[VISIT], VISIT.c.result == UNREACHED))
_REPLIES: Final = Prepared(select(func.count()).where(*_THIS_ROUND[REPLY], ~REPLY.c.reached))


def visit_due(context: Context) -> str:
    """回访期限 When the visit is late: the working days that the table `visit` gave (`visit_wd`) from now (ISO 8601)."""
    days = context.variables.get("visit_wd")
    if not isinstance(days, int | float):
        raise Invalid("先要有决策表 visit 的结果 visit_wd。 The decision table `visit` must have given visit_wd before.")
    return limits.due_at(calendar(context.session), context.now, days, "W").astimezone(LOCAL).isoformat()


def visit_tries(context: Context) -> int:
    """回访未通次数 How many visits of this round did not reach the citizen."""
    return _count(context, _VISITS)


def reply_tries(context: Context) -> int:
    """反馈未达次数 How many attempts of this round to tell the citizen the result did not reach them."""
    return _count(context, _REPLIES)


def _count(context: Context, tries: Prepared) -> int:
    count: int = tries.scalar(context.session.connection(), {"case_no": context.business_key})
    return count
