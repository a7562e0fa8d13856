"""The functions about visits and replies that diagrams call; attempts count per round, so a redo begins anew."""

from sqlalchemy import ColumnElement, func, select

from engine.context import Context
from engine.errors import Invalid
from processes.casefile.models import ReplyAttempt, Satisfaction, WorkOrder
from processes.deadlines import limits
from processes.deadlines.services import calendar
from processes.deadlines.zone import LOCAL
from processes.visits.operations import UNREACHED


def visit_due(context: Context) -> str:
    """回访期限 When the visit is late: the working days that the table `visit` gave (`visit_wd`) from now (ISO 8601)."""
    days = context.variables.get("visit_wd")
    if not isinstance(days, int | float):
        raise Invalid("先要有决策表 visit 的结果 visit_wd。 The decision table `visit` must have given visit_wd before.")
    return limits.due_at(calendar(context.session), context.now, days, "W").astimezone(LOCAL).isoformat()


def visit_tries(context: Context) -> int:
    """回访未通次数 How many visits of this round did not reach the citizen."""
    return _count(context, Satisfaction, Satisfaction.result == UNREACHED)


def reply_tries(context: Context) -> int:
    """反馈未达次数 How many attempts of this round to tell the citizen the result did not reach them."""
    return _count(context, ReplyAttempt, ~ReplyAttempt.reached)


def _count(context: Context, kept: type[Satisfaction | ReplyAttempt], condition: ColumnElement[bool]) -> int:
    turn = select(func.coalesce(func.max(WorkOrder.round), 0)).where(WorkOrder.case_no == context.business_key).scalar_subquery()
    query = select(func.count()).where(kept.case_no == context.business_key, kept.round == turn, condition)
    return context.session.scalar(query) or 0
