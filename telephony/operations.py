"""What diagrams ask of the exchange, where there is one: commands as rows, in the diagram's own transaction (`telephony.md`).

Nothing here waits for a telephone: what comes of it comes back as a message.
"""

from collections.abc import Callable, Mapping
from datetime import time
from functools import partial
from typing import Any, Final, TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.context import Context
from engine.registry import OperationHandler, Registry
from forms.phones import normalise
from processes.casefile.models import Case
from processes.deadlines.zone import LOCAL
from processes.registry.accounts import services as accounts
from processes.registry.citizens import services as citizens
from telephony import door
from telephony.blacklist import services as blacklist
from telephony.callers import services as callers
from telephony.calls.machine import ASKS
from telephony.calls.models import PhoneCall, PhoneLeg
from telephony.calls.values import CONTACT, NOTICE, PAGER, TALKING
from telephony.commands import services as commands
from telephony.plan import services as plans
from telephony.prompts import TEXTS
from telephony.seats import services as seats
from telephony.seats.models import BUSY, OFFLINE, READY, RESERVED, Seat

NOT_NOW: Final = {"available": False}
ASKED_FROM, ASKED_UNTIL = time(8), time(20)
"""The hours in Shanghai in which a machine may ring citizens to ask how they were served; people use their own judgement."""
NIGHT: Final = {"available": False, "reason": "night"}
"""It is outside those hours."""
EXPERT: Final = "expert"
BEGUN: Final = {"available": True, "connected": True}
SPOKEN: Final = "notice-"
"""What the prompts begin with that `tel.call` says, before the diagram's own word for the text."""
Tell: TypeAlias = Callable[[Context, str, str, bool], bool]
"""Sends a number a text message by a template's name, unless it is blocked; whether it goes out."""


def register(registry: Registry, tell: Tell) -> None:
    """Register the operations of an exchange that is there. `tell` is lent by whoever sends text messages."""
    door.register(registry, but=frozenset(door.OPERATIONS) | {"caller_number"})
    for name, operation in {**OPERATIONS, "tel.text": partial(text, tell)}.items():
        summary, parameters = door.OPERATIONS[name]
        registry.operation(name, *parameters, summary=summary)(operation)
    registry.function("caller_number", 1)(caller_number)


def caller_number(context: Context, call_id: str | None) -> str | None:
    """来电号码 The number that a call came from, for a form to begin with."""
    row = context.session.get(PhoneCall, call_id) if call_id else None
    return row.number or None if row is not None else None


def caller(context: Context, *, call_id: str | None = None) -> dict[str, Any]:
    """来电识别 Whether the caller is known, of which classes, with how many cases, and whether the number is blocked."""
    number = caller_number(context, call_id)
    if number is None:
        return dict(NOT_NOW)
    who = callers.caller(context.session, number, context.now)
    query = select(func.count()).select_from(Case).where(Case.citizen_id.in_(list(who.citizens)))
    cases = context.session.scalar(query) if who.citizens else 0
    classes = list(who.classes)
    return {"available": True, "known": bool(who.citizens), "classes": classes, "blacklisted": who.blocked, "cases": cases or 0}


def survey(context: Context, *, to: str | None = None, case_no: str | None = None) -> dict[str, Any]:
    """电话回访 Call the citizen of a case and ask; `SurveyAnswered` or `SurveyFailed` tells what came of it. At night nobody is called."""
    if not ASKED_FROM <= context.now.astimezone(LOCAL).time() < ASKED_UNTIL:
        return dict(NIGHT)
    number = _citizen_number(context.session, case_no or context.business_key)
    if number is None or not plans.current(context.session).questions:
        return dict(NOT_NOW)
    row = commands.ask(context.session, context.actor, commands.SURVEY, {"number": number, "case_no": case_no}, context.now)
    return {"available": True, "call_id": row.call_id}


def conference_expert(context: Context, *, call_id: str | None = None, expert: str | None = None) -> dict[str, Any]:
    """三方通话 Bring an expert who is free into the call; whoever of them was idle longest when nobody is named."""
    found = _free_expert(context.session, expert)
    if found is None or not _talks(context.session, call_id):
        return {"available": True, "connected": False}
    commands.ask(context.session, context.actor, "conference", {"to": f"agent:{found}"}, context.now, call_id=call_id or "")
    return dict(BEGUN)


def three_party(context: Context, *, call_id: str | None = None, to: Any = None) -> dict[str, Any]:
    """三方报警 Bring 110, 119 or 120 into the call."""
    numbers = [str(each) for each in (to if isinstance(to, list) else [to]) if each]
    if not numbers or not _talks(context.session, call_id):
        return {"available": True, "connected": False}
    for number in numbers:
        commands.ask(context.session, context.actor, "conference", {"to": number}, context.now, call_id=call_id or "")
    return dict(BEGUN)


def transfer(context: Context, *, call_id: str | None = None, to: str | None = None) -> dict[str, Any]:
    """转接 Hand the call over to another number; `TransferCompleted` tells what came of it."""
    if not to or not _talks(context.session, call_id):
        return dict(NOT_NOW)
    commands.ask(context.session, context.actor, "transfer", {"to": to}, context.now, call_id=call_id or "")
    return {"available": True}


def assign_missed(context: Context, *, call_id: str | None = None) -> dict[str, Any]:
    """分派未接来电 The next agent in turn who is signed in, first of the call's own queue (T13)."""
    row = context.session.get(PhoneCall, call_id) if call_id else None
    signed_in = select(Seat).where(Seat.state != OFFLINE).order_by(Seat.last_missed_at, Seat.agent).with_for_update()
    there = context.session.scalars(signed_in).all()
    if not there:
        return dict(NOT_NOW)
    queue = f",{row.queue}," if row is not None and row.queue else ""
    chosen = next((seat for seat in there if queue in seat.queues), there[0])
    chosen.last_missed_at = context.now
    return {"available": True, "agent": chosen.agent}


def pager_start(
    context: Context, *, device: str | None = None, call_id: str | None = None, key: str | None = None, again: Any = None
) -> dict[str, Any]:
    """呼叫器联系人轮呼 Call a pager's contacts in turn: in its own call while that lasts, else in one of ours. `again` asks for
    another round; without it, contacts that the pager's call has gone through already are not called a second time."""
    row = context.session.get(PhoneCall, call_id) if call_id else None
    pager = row if row is not None and row.kind == PAGER else None
    if pager is not None and pager.state in ASKS["pager-start"][1]:
        commands.ask(context.session, context.actor, "pager-start", {"again": bool(again)}, context.now, call_id=pager.id)
        return {"available": True, "call_id": pager.id}
    if pager is not None and not again and _contacts_were_called(context.session, pager.id):
        return {"available": True, "call_id": pager.id}  # what came of it is told under this call, if it was not yet
    if not device:
        return dict(NOT_NOW)
    asked = commands.ask(context.session, context.actor, commands.PAGER, {"device": device, "key": key or ""}, context.now)
    return {"available": True, "call_id": asked.call_id}


def _contacts_were_called(session: Session, call_id: str) -> bool:
    return session.scalar(select(PhoneLeg.id).where(PhoneLeg.call_id == call_id, PhoneLeg.role == CONTACT).limit(1)) is not None


def call(context: Context, *, to: str | None = None, text: str | None = None) -> dict[str, Any]:
    """外拨电话 Ring a role's next free agent, an account, or a number: what is said is the prompt `notice-<text>`. A number
    without a text is rung for whoever acts, whose own telephone rings first."""
    prompt = f"{SPOKEN}{text}" if text else ""
    if not to or (prompt and prompt not in TEXTS):
        return dict(NOT_NOW)
    if normalise(to) is None:
        agent = _next_agent(context, to)
        given, possible = {"agent": agent, "prompt": prompt}, bool(agent and prompt)
    elif prompt:
        given, possible = {"number": to, "prompt": prompt}, True
    else:
        given, possible = {"number": to}, _sits_free(context.session, context.actor.id)
    if not possible:
        return dict(NOT_NOW)
    kind = commands.NOTICE if prompt else commands.CLICK
    row = commands.ask(context.session, context.actor, kind, {**given, "case_no": context.business_key}, context.now)
    return {"available": True, "call_id": row.call_id}


def remind(context: Context, *, call_id: str | None = None, to: str | None = None) -> dict[str, Any]:
    """提醒补登 Say at the seat of whoever took a call that its form is open; never while that call lasts, or any other."""
    row = context.session.get(PhoneCall, call_id) if call_id else None
    agent = to or (row.agent if row is not None else None)
    if row is None or not agent:
        return dict(NOT_NOW)
    reminded = row.ended_at is not None and seats.remind(context.session, agent, row.id, context.now)
    return {"available": True, "reminded": reminded}


def text(tell: Tell, context: Context, *, call_id: str | None = None, template: str | None = None) -> dict[str, Any]:
    """短信告知来电人 Send whoever called a text message, unless they want none or are on the blacklist."""
    number = caller_number(context, call_id)
    if number is None or not template:
        return dict(NOT_NOW)
    return {"available": True, "sent": tell(context, number, template, blacklist.blocked(context.session, number, context.now))}


def _next_agent(context: Context, to: str) -> str | None:
    """The account, or the member of the role, who is ready and idle longest; first those not yet rung about this matter."""
    session = context.session
    meant = {to, *(account.username for account in accounts.members(session, [to]))}
    ready = session.scalars(select(Seat.agent).where(Seat.state == READY).order_by(Seat.last_call_at, Seat.agent)).all()
    found = [agent for agent in ready if agent in meant]
    rung = set(session.scalars(select(PhoneCall.agent).where(PhoneCall.case_no == context.business_key, PhoneCall.kind == NOTICE)))
    return next((agent for agent in found if agent not in rung), next(iter(found), None))


def _sits_free(session: Session, agent: str) -> bool:
    seat = session.get(Seat, agent)
    return seat is not None and seat.state not in (OFFLINE, RESERVED, BUSY)


def _citizen_number(session: Session, case_no: str) -> str | None:
    citizen_id = session.scalar(select(Case.citizen_id).where(Case.case_no == case_no))
    return None if citizen_id is None else citizens.citizen_of(session, citizen_id).phone or None


def _talks(session: Session, call_id: str | None) -> bool:
    """Whether somebody of ours is in the call: before that nobody can be brought into it, and what is asked would be refused."""
    row = session.get(PhoneCall, call_id) if call_id else None
    return row is not None and row.state == TALKING


def _free_expert(session: Session, wanted: str | None) -> str | None:
    experts = {wanted} if wanted else {account.username for account in accounts.members(session, [EXPERT])}
    ready = session.execute(select(Seat.agent).where(Seat.state == READY).order_by(Seat.last_call_at, Seat.agent)).scalars()
    return next((agent for agent in ready if agent in experts), None)


OPERATIONS: Final[Mapping[str, OperationHandler]] = {
    "tel.call": call,
    "tel.caller": caller,
    "tel.remind": remind,
    "tel.survey": survey,
    "tel.conference_expert": conference_expert,
    "tel.three_party": three_party,
    "tel.transfer": transfer,
    "tel.assign_missed": assign_missed,
    "tel.pager_start": pager_start,
}
