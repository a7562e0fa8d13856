"""Side actions as small forms: which of them a person may ask for on this case, and what each form holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.web import words
from api.web.i18n import N_
from engine.actor import Actor
from processes.actions.rights import ACTIONS, Action

LONG, LINE, NUMBER = "long", "line", "number"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a small form; with `choices` a list of (value, label), else `kind` says what is typed."""

    name: str
    label: str
    kind: str = LINE
    choices: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class ActionForm:
    """A side action that can be asked for."""

    name: str
    label: str
    fields: tuple[Field, ...]


WORDS = {
    "urge": N_("催办内容"),
    "supplement": N_("补充内容"),
    "withdraw": N_("撤回理由"),
    "extend": N_("延期理由"),
    "note": N_("批示内容"),
    "supervision_reply": N_("答复内容"),
}
DAYS, ORDER, OTHER, HOW = N_("延长天数"), N_("转办单"), N_("另一案件的编号"), N_("关联方式")


def forms_for(actor: Actor, case: Mapping[str, Any]) -> list[ActionForm]:
    """The forms that an actor has the right to, on a case as its sheet has it."""
    found = []
    for name, action in ACTIONS.items():
        orders = _orders(actor, action, name, case)
        possible = bool(orders) if action.of_unit else actor.override or bool(actor.groups & action.groups)
        if possible and (case["status"] != "closed" or action.on_closed):
            found.append(ActionForm(name, words.word(words.ACTIONS, name), _fields(name, action, orders)))
    return found


def _orders(actor: Actor, action: Action, name: str, case: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The open orders that the actor's own unit has (the override has all); for an answer only those under supervision."""
    if not action.of_unit:
        return []
    supervised = {one["work_order"] for one in case["supervision"] if one["state"] == "open"}
    return [
        (order["work_order"], f"{order['work_order']} {order['unit_name']}")
        for order in case["work_orders"]
        if order["status"] == "open"
        and (name != "supervision_reply" or order["work_order"] in supervised)
        and (actor.override or {f"unit:{order['unit']}", f"unit_leader:{order['unit']}"} & actor.groups)
    ]


def _fields(name: str, action: Action, orders: Sequence[tuple[str, str]]) -> tuple[Field, ...]:
    fields = []
    if action.of_unit:
        fields.append(Field("work_order", ORDER, choices=orders))
    if name == "extend":
        fields.append(Field("days", DAYS, NUMBER))
    if name == "link":
        fields += [Field("case_no", OTHER), Field("kind", HOW, choices=tuple(words.LINKS.items()))]
    if action.words:
        fields.append(Field(action.words, WORDS.get(name, N_("内容")), LONG))
    return tuple(fields)
