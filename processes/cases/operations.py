"""The operations of diagrams on the case itself; the case is the instance's business key."""

from typing import Any

from engine.context import Context
from engine.errors import Conflict, Invalid
from processes.casefile import links, numbers, people
from processes.casefile.changes import change_case, enter
from processes.casefile.guards import case_of
from processes.casefile.moments import parse
from processes.casefile.requests import request_text
from processes.casefile.submitted import submitted, words, yes
from processes.cases import duplicates

PLAIN = (
    *("channel", "title", "content", "demand", "respondent", "prelim_opinion"),
    *("area", "class_l1", "class_l2", "class_l3", "class_l4", "kind", "urgency", "reply_pref"),
)
"""Fields of the register form that go to the column of the same name."""


def update_case(context: Context) -> dict[str, str | None]:
    """受理登记入库 Move the registered record into the case; answers the facts that decision tables route by."""
    given = {name: words(submitted(context, name, "register")) for name in PLAIN}
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if address := words(submitted(context, "address")):
        values |= {"address": address, "address_index": numbers.address_index(address)}
    if (confidential := submitted(context, "confidential", "register")) is not None:
        values["confidential"] = yes(confidential)
    if occurred := submitted(context, "occurred_at", "register"):
        values["occurred_at"] = parse(occurred, "occurred_at")
    values |= _caller(context)
    if values:
        change_case(context.session, context.business_key, **values)
    case = case_of(context.session, context.business_key)
    return {"class_l1": case.class_l1, "area": case.area, "urgency": case.urgency, "kind": case.kind}


def count_duplicates(context: Context) -> dict[str, int]:
    """查重 How many recent open cases look like this one: same caller or place, same class."""
    return {"count": duplicates.count(context)}


def link(context: Context, *, master: str | None, kind: str = "link") -> dict[str, str]:
    """案件关联 Link the case with another; `merge` means that it is answered together with it (C27). Answers the case it is
    merged into, or the group's master. Raises `Invalid` without another case, or where it can be merged no more."""
    if not master:
        raise Invalid(errors={"master": "请选择要关联的案件。 Choose the case to link with."})
    kind = kind if kind in links.KINDS else links.LINK
    if kind == links.MERGE:
        try:
            links.check(context.session, context.business_key, str(master), kind)
        except Conflict as refusal:
            raise Invalid(errors={"master": refusal.message}) from refusal
    joined = links.join(context.session, context.business_key, str(master), kind, context.now, context.actor.id)
    return {"master": joined, "kind": kind}


def flag(context: Context, *, flag: str) -> None:
    """标记 Put a mark on the case that stays, such as 超时回访."""
    context.marks["flag"] = flag
    _enter(context, "flag", None, label=flag)


def append(context: Context, *, text: str | None = None) -> None:
    """补填 Append to the record; what was written before is not touched (C29)."""
    _enter(context, "supplement", words(text) or request_text(context))


def note(context: Context, *, text: str | None = None) -> None:
    """批示 Keep a leader's note on the case."""
    _enter(context, "note", words(text) or request_text(context))


def refuse(context: Context, *, reason: Any = None) -> None:
    """不予受理 Keep why the case is not taken on."""
    _enter(context, "refusal", words(submitted(context, "reason")), label=words(reason))


def answer(context: Context) -> None:
    """答复内容 Keep the submitted answer as what the citizen is told."""
    if said := words(submitted(context, "answer")):
        change_case(context.session, context.business_key, answer=said)


def _enter(context: Context, kind: str, text: str | None, *, label: str | None = None) -> None:
    short = label[:64] if label else None
    enter(context.session, context.business_key, kind, text, at=context.now, by=context.actor.id, label=short)


def _caller(context: Context) -> dict[str, Any]:
    """The columns that say whose case it is, as far as the register form speaks of it."""
    if yes(submitted(context, "anonymous", "register")):
        return {"citizen_id": None, "alt_phone": None, "anonymous_reason": words(submitted(context, "anonymous_reason"))}
    name, phone = words(submitted(context, "caller_name")), words(submitted(context, "phone"))
    if not name or not phone:
        return {}
    case = case_of(context.session, context.business_key)
    citizen_id = people.caller_of(context.session, case, name, phone, context.now)
    if citizen_id is None:
        return {}
    return {"citizen_id": citizen_id, "alt_phone": words(submitted(context, "alt_phone")), "anonymous_reason": None}
