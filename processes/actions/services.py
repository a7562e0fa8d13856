"""Asking for a side action: the right, the early checks, then its process (E13)."""

from collections.abc import Mapping
from typing import Any

from engine.errors import Invalid
from engine.runtime.work import Work
from processes.actions import merging
from processes.actions.rights import Action, action_named, require_right
from processes.casefile import extensions, links, side_actions
from processes.casefile.guards import CaseClosed, NoSuchCase, NoSuchOrder, OrderClosed, case_of, order_of
from processes.casefile.rows import CaseRow, OrderRow

MOST_WORDS = 5000


def perform(work: Work, case_no: str, action: str, body: Mapping[str, Any]) -> int:
    """Start a side action of a case for the command's actor; answers the instance id of its process.

    Raises `NoSuchAction`, `NoSuchCase`, `Forbidden`, `Invalid` with the fields, or a `Conflict` that says why not now.
    """
    asked = action_named(action)
    case = case_of(work.session, case_no)
    order = _order(work, case, asked, body)
    require_right(work.actor, asked, order.unit if order else None)
    words = _words(asked, body)
    if case.status == "closed" and not asked.on_closed:
        merging.require_own(work.session, case_no)
        raise CaseClosed(case_no=case_no)
    if action == extensions.ACTION and order:
        return extensions.ask(work, order, body.get("days"), words or "")
    if order and order.status != "open":
        raise OrderClosed(work_order=order.number, order_status=order.status)
    if action == "withdraw":
        merging.require_nobody_else(work.session, case)
    master, kind = _link(work, case, body) if action == "link" else (None, _voice(work) if action == "urge" else None)
    number = order.number if order else None
    return side_actions.start(work, asked.process, action, case_no, text=words, work_order=number, master=master, kind=kind)


def _order(work: Work, case: CaseRow, asked: Action, body: Mapping[str, Any]) -> OrderRow | None:
    number = body.get("work_order")
    if not number:
        if asked.of_unit:
            raise Invalid(errors={"work_order": "请写明转办单号。 Name the work order."})
        return None
    order = order_of(work.session, str(number))
    if order.case_no != case.case_no:
        raise NoSuchOrder(work_order=order.number)
    return order


def _words(asked: Action, body: Mapping[str, Any]) -> str | None:
    if not asked.words:
        return None
    text = body.get(asked.words)
    if not isinstance(text, str) or not text.strip():
        raise Invalid(errors={asked.words: "请填写内容。 Please say something here."})
    if len(text) > MOST_WORDS:
        raise Invalid(errors={asked.words: f"不能超过 {MOST_WORDS} 字。 At most {MOST_WORDS} characters."})
    return text.strip()


def _link(work: Work, case: CaseRow, body: Mapping[str, Any]) -> tuple[str, str]:
    other, kind = str(body.get("case_no") or "").strip(), str(body.get("kind") or links.LINK)
    try:
        case_of(work.session, other)
    except NoSuchCase as unknown:
        raise Invalid(errors={"case_no": unknown.message}) from unknown
    links.check(work.session, case.case_no, other, kind)
    if kind == links.MERGE:
        merging.require_taken_back(work.session, case)
    return other, kind


def _voice(work: Work) -> str:
    """Whose wish an urging is: the citizen's own, or brought forward by the hotline's people."""
    return "citizen" if "citizen" in work.actor.groups else "agent"
