"""What diagrams ask of the exchange, where there is one: commands as rows, in the diagram's own transaction (`telephony.md`).

Nothing here waits for a telephone: what comes of it comes back as a message.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.context import Context
from engine.registry import OperationHandler, Registry
from processes.casefile.models import Case
from processes.registry.accounts import services as accounts
from processes.registry.citizens import services as citizens
from telephony import door
from telephony.blacklist import services as blacklist
from telephony.calls.models import PhoneCall
from telephony.calls.values import OFFERING, QUEUED, TALKING
from telephony.commands import services as commands
from telephony.plan import services as plans
from telephony.seats.models import OFFLINE, READY, Seat

NOT_NOW: Final = {"available": False}
EXPERT: Final = "expert"
BEGUN: Final = {"available": True, "connected": True}


def register(registry: Registry) -> None:
    """Register the operations of an exchange that is there; what it cannot do yet stays as the door has it."""
    door.register(registry, but=frozenset(OPERATIONS) | {"caller_number"})
    for name, operation in OPERATIONS.items():
        summary, parameters = door.OPERATIONS[name]
        registry.operation(name, *parameters, summary=summary)(operation)
    registry.function("caller_number", 1)(caller_number)


def caller_number(context: Context, call_id: str | None) -> str | None:
    """来电号码 The number that a call came from, for a form to begin with."""
    row = context.session.get(PhoneCall, call_id) if call_id else None
    return row.number or None if row is not None else None


def caller(context: Context, *, call_id: str | None = None) -> dict[str, Any]:
    """来电识别 Whether the caller is known, with how many cases, and whether the number is blocked."""
    number = caller_number(context, call_id)
    if number is None:
        return dict(NOT_NOW)
    known = [citizen.id for citizen in citizens.with_phone(context.session, number)]
    cases = context.session.scalar(select(func.count()).select_from(Case).where(Case.citizen_id.in_(known))) if known else 0
    blocked = blacklist.blocked(context.session, number, context.now)
    return {"available": True, "known": bool(known), "classes": [], "blacklisted": blocked, "cases": cases or 0}


def survey(context: Context, *, to: str | None = None, case_no: str | None = None) -> dict[str, Any]:
    """电话回访 Call the citizen of a case and ask; `SurveyAnswered` or `SurveyFailed` tells what came of it."""
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


def pager_start(context: Context, *, device: str | None = None, call_id: str | None = None) -> dict[str, Any]:
    """呼叫器联系人轮呼 Call a pager's contacts in turn: in its call, or in one of our own when that is over."""
    row = context.session.get(PhoneCall, call_id) if call_id else None
    if row is not None and row.ended_at is None:
        commands.ask(context.session, context.actor, "pager-start", {}, context.now, call_id=row.id)
        return {"available": True, "call_id": row.id}
    if not device:
        return dict(NOT_NOW)
    asked = commands.ask(context.session, context.actor, commands.PAGER, {"device": device}, context.now)
    return {"available": True, "call_id": asked.call_id}


def _citizen_number(session: Session, case_no: str) -> str | None:
    citizen_id = session.scalar(select(Case.citizen_id).where(Case.case_no == case_no))
    return None if citizen_id is None else citizens.citizen_of(session, citizen_id).phone or None


def _talks(session: Session, call_id: str | None) -> bool:
    row = session.get(PhoneCall, call_id) if call_id else None
    return row is not None and row.state in (TALKING, OFFERING, QUEUED)


def _free_expert(session: Session, wanted: str | None) -> str | None:
    experts = {wanted} if wanted else {account.username for account in accounts.members(session, [EXPERT])}
    ready = session.execute(select(Seat.agent).where(Seat.state == READY).order_by(Seat.last_call_at, Seat.agent)).scalars()
    return next((agent for agent in ready if agent in experts), None)


OPERATIONS: Final[Mapping[str, OperationHandler]] = {
    "tel.caller": caller,
    "tel.survey": survey,
    "tel.conference_expert": conference_expert,
    "tel.three_party": three_party,
    "tel.transfer": transfer,
    "tel.assign_missed": assign_missed,
    "tel.pager_start": pager_start,
}
