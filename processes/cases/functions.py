"""The functions about the case that diagrams call; its row is read once a transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.context import Context
from engine.errors import Invalid
from processes.casefile import replies, tables
from processes.casefile.guards import case_of
from processes.casefile.rows import CaseRow
from processes.deadlines.zone import LOCAL

COLUMNS = frozenset(
    "case_no category channel title content demand respondent prelim_opinion occurred_at caller_name phone alt_phone"
    " anonymous_reason area address class_l1 class_l2 class_l3 class_l4 kind urgency confidential reply_pref status outcome"
    " opened_at first_dispatched_at handled_at".split()
)


class UnknownFact(Invalid):
    """没有这项案件事实，请检查流程图中的名称。 There is no such fact of a case; check the name in the diagram."""

    code = "unknown-fact"


def case_fact(context: Context, name: str) -> Any:
    """案件事实 A fact of the case: category, class_l1, area, kind, urgency, caller_name, phone, answer and so on; None where unknown."""
    case = case_of(context.session, context.business_key)
    if name in COMPUTED:
        return COMPUTED[name](context, case)
    if name not in COLUMNS:
        raise UnknownFact(errors={"name": str(name)})
    value = getattr(case, name)
    return value.astimezone(LOCAL).isoformat() if isinstance(value, datetime) else value


def review_limit(context: Context) -> str:
    """派单审核时限 How long the review before dispatch may take (ISO 8601 duration), from the table `review_limit`."""
    case = case_of(context.session, context.business_key)
    facts = {"category": case.category, "class_l1": case.class_l1, "urgency": case.urgency}
    return str(tables.current().evaluate(context.session, "review_limit", facts)["limit"])


def _lead_unit(context: Context, case: CaseRow) -> str | None:
    lead = replies.lead_order(context.session, case.case_no)
    return None if lead is None else lead.unit


COMPUTED: dict[str, Callable[[Context, CaseRow], Any]] = {
    "anonymous": lambda _context, case: case.citizen_id is None,
    "answer": lambda context, case: replies.answer(context.session, case.case_no),
    "answers": lambda context, case: replies.all_replies(context.session, case.case_no),
    "lead": _lead_unit,
}
