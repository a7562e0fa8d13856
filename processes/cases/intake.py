"""What the intake of a call (受理) does with cases: opens the real one, adds to one that is there, opens an elder's by a pager's key."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from engine.context import Command, Context
from engine.db import tables
from engine.definitions import current
from engine.errors import Invalid
from engine.inserts import insertion
from engine.instances.models import LIVE, Instance
from engine.prepared import Prepared
from engine.registry import Choice
from processes.casefile import side_actions
from processes.casefile.categories import NAMES
from processes.casefile.changes import enter
from processes.casefile.guards import NoSuchCase, case_of
from processes.casefile.models import Case, CaseEntry
from processes.casefile.submitted import submitted, words, yes
from processes.cases.opening import FACTS, NewCase, NewCitizen, open_case
from processes.contacts import alarms
from processes.contacts import services as contacts
from processes.contacts.models import PagerAlarm
from processes.registry.citizens.models import Citizen
from processes.registry.elders import services as elders
from processes.registry.elders.models import Elder, ElderDevice

FORM = {"citizen.name": "caller_name", "citizen.phone": "phone", "citizen": "anonymous_reason", "variables": "category"}
"""Where the fields of a new case stand in the intake's form."""
ATTEMPT: Final = "attempt"
PRESS: Final = ("call_id", "device", "key")
"""What a pager says of a press."""
EMERGENCY: Final = "elderly_emergency"
AGAIN: Final = "pressed_again"
PRESSED_AGAIN: Final = "再次按键"
GOING_ON: Final = (Case.status == "open", Case.outcome.is_(None), Case.answer.is_(None))
"""An emergency that is neither over, nor is its outcome written down; what follows then is aftercare."""
(ENTRY,) = tables(CaseEntry)
_ENTER: Final = insertion(CaseEntry)
_COUNT: Final = Prepared(
    select(func.count()).where(ENTRY.c.case_no == bindparam("case_no"), ENTRY.c.kind == ATTEMPT, ENTRY.c.label == bindparam("label"))
)


def open_from_intake(context: Context, *, call_id: str | None = None) -> dict[str, str]:
    """立案 Open the case that the register form speaks of and start its category's process; answers its number.

    The query code is kept for the caller to be told (`code_to_tell`). Raises `Invalid` with the form's fields.
    """
    try:
        opened = open_case(context.command, _new(context, call_id))
    except Invalid as refusal:
        raise Invalid(errors={FORM.get(field, field): message for field, message in refusal.errors.items()}) from refusal
    if call_id:
        contacts.link(context.session, call_id, opened.case_no, context.now, query_code=opened.query_code)
    return {"case_no": opened.case_no, "category": opened.category}


def add_to_case(context: Context, *, case_no: str | None) -> dict[str, str]:
    """补充已有案件 Start the supplement of a case that is there with what the caller adds. Raises `Invalid` for no such case."""
    number = (case_no or "").strip().upper()
    try:
        case = case_of(context.session, number)
    except NoSuchCase as unknown:
        raise Invalid(errors={"old_case": unknown.message}) from unknown
    text = words(submitted(context, "addition", "register"))
    side_actions.start(context.command, "supplement", "supplement", case.case_no, text=text)
    return {"case_no": case.case_no}


def attempt(context: Context, *, what: str) -> dict[str, int]:
    """计次 Write into the case that something was tried once more; answers how often by now."""
    row = {"case_no": context.business_key, "at": context.now, "by": context.actor.id, "kind": ATTEMPT, "label": what[:64], "text": None}
    _ENTER.run(context.session.connection(), row)
    count: int = _COUNT.scalar(context.session.connection(), {"case_no": context.business_key, "label": what[:64]})
    return {"count": count}


def categories(context: Context) -> list[Choice]:
    """The categories whose process is published, in the hotline's order."""
    running = current.of(context.session).bundles
    return [{"value": key, "label": label} for key, name in NAMES.items() if key in running for label in [name.partition(" ")[0]]]


def open_by_pager(command: Command, process_key: str, payload: Mapping[str, Any], /) -> None:
    """A pager's key opens an elder's case by itself, for a device that nobody registered, too: an emergency waits for no form.

    The same key pressed again before that emergency's outcome is known goes to its case.
    """
    said = {name: str(payload.get(name) or "") for name in PRESS}
    if said["call_id"] and contacts.cases_of(command.session, said["call_id"]):
        return  # said once more after a crash
    elder = elders.elder_with(command.session, said["device"])
    owner = _owner(elder.id) if elder is not None else f"device:{said['device']}"
    known = bool(said["device"] and said["key"])
    last = alarms.last_case(command.session, owner, said["key"]) if known else None
    if last is not None and _under_way(command.session, last):
        case_no = last
        _press_again(command, case_no, said)
    else:
        case_no = _open_alarm(command, process_key, elder, said)
        if known:
            alarms.raised(command.session, owner, said["key"], case_no)
    if said["call_id"]:
        contacts.link(command.session, said["call_id"], case_no, command.now)


def emergency_of(session: Session, elder_id: int) -> str | None:
    """The number of an elder's emergency that is under way, None for none: a pager's key opened it, or somebody who called on the
    elder's number or a line of theirs."""
    number = select(Citizen.phone_index).join(Elder, Elder.citizen_id == Citizen.id).where(Elder.id == elder_id)
    lines = select(ElderDevice.line_index).where(ElderDevice.elder_id == elder_id, ElderDevice.line_index.is_not(None))
    callers = select(Citizen.id).where(or_(Citizen.phone_index.in_(number), Citizen.phone_index.in_(lines)))
    pressed = select(PagerAlarm.case_no).where(PagerAlarm.owner == _owner(elder_id))
    under_way = select(Case.case_no).where(*GOING_ON).order_by(Case.opened_at).limit(1)
    by_call = under_way.where(Case.category == EMERGENCY, Case.citizen_id.in_(callers))
    return session.scalar(under_way.where(Case.case_no.in_(pressed))) or session.scalar(by_call)


def _open_alarm(command: Command, process_key: str, elder: Elder | None, said: Mapping[str, str]) -> str:
    citizen = None if elder is None else elders.citizen_of(command.session, elder)
    new = NewCase(
        category=process_key,
        channel="pager",
        title="老年人一键通呼叫",
        content=f"呼叫器 {said['device'] or '（未知）'} 按键 {said['key'] or '（未知）'}",
        citizen=None if citizen is None else NewCitizen(*citizen),
        anonymous_reason=None if citizen is not None else "呼叫器尚未登记使用人",
        area=None if elder is None else elder.area,
        address=None if elder is None else elder.address,
        variables={name: value or None for name, value in said.items()},
    )
    return open_case(command, new).case_no


def _owner(elder_id: int) -> str:
    """How alarms call an elder."""
    return f"elder:{elder_id}"


def _under_way(session: Session, case_no: str) -> bool:
    return session.scalar(select(Case.case_no).where(Case.case_no == case_no, *GOING_ON)) is not None


def _press_again(command: Command, case_no: str, said: Mapping[str, str]) -> None:
    """Have somebody look, or, while somebody is about to, only put it on record."""
    looking = (Instance.business_key == case_no, Instance.process_key == AGAIN, Instance.status == LIVE)
    if command.session.scalar(select(Instance.id).where(*looking).limit(1)) is None:
        command.start(AGAIN, case_no, {**said, "case_no": case_no})
    else:
        enter(command.session, case_no, "flag", None, at=command.now, by=command.actor.id, label=PRESSED_AGAIN)


def _new(context: Context, call_id: str | None) -> NewCase:
    def said(key: str) -> str | None:
        return words(submitted(context, key, "register"))

    anonymous = yes(submitted(context, "anonymous", "register"))
    facts = {name: said(name) for name in FACTS}
    return NewCase(
        category=said("category") or "",
        channel=said("channel") or "phone",
        title=said("title") or "",
        content=said("content") or "",
        citizen=None if anonymous else NewCitizen(said("caller_name") or "", said("phone") or ""),
        anonymous_reason=said("anonymous_reason") if anonymous else None,
        area=said("area"),
        address=said("address"),
        confidential=yes(submitted(context, "confidential", "register")),
        variables={**{name: value for name, value in facts.items() if value is not None}, **({"call_id": call_id} if call_id else {})},
    )
