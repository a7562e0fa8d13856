"""Who calls, and what is known under their number: each by an index, so that it costs the same on millions of rows (T07, C26, C28)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.telephony.calls.asking import possible, value_of
from api.telephony.errors import NoCall, NotYourCall
from engine import clock
from engine.actor import Actor
from processes.casefile.masking import masked
from processes.casefile.models import Case
from processes.contacts.models import CaseCall
from processes.registry.citizens.masking import mask_phone
from processes.registry.citizens.services import phone_index
from telephony.callers import services as callers
from telephony.calls.models import PhoneCall, PhoneLeg
from telephony.calls.values import AGENT, THIRD, Call
from telephony.seats.models import OFFLINE, Seat

LAST = 20
"""Calls and cases of the past that are shown (C26)."""


def own_call(session: Session, actor: Actor, call_id: str) -> PhoneCall:
    """A call that the actor has at their seat, or spoke in, be it over or with a colleague by now. Raises `NoCall`, `NotYourCall`."""
    call = session.get(PhoneCall, call_id)
    if call is None:
        raise NoCall
    if call.agent != actor.id and not _spoke(session, actor, call):
        raise NotYourCall
    return call


def pop(session: Session, actor: Actor) -> dict[str, Any] | None:
    """The call at the actor's seat with all that is known of who calls; None without a call. The number is whole: it is their call."""
    found = session.execute(
        select(Seat, PhoneCall, _case_no().label("case_no"))
        .join(PhoneCall, PhoneCall.id == Seat.call_id)
        .where(Seat.agent == actor.id, Seat.state != OFFLINE)
    ).first()
    if found is None:
        return None
    call: PhoneCall = found.PhoneCall
    value = value_of(call)
    return {
        "id": call.id,
        "kind": call.kind,
        "state": call.state,
        "number": call.number,
        "service": call.service,
        "queue": call.queue,
        "agent": call.agent,
        "case_no": found.case_no,
        "began_at": call.began_at,
        "talking_at": call.talking_at,
        "ended_at": call.ended_at,
        "waited_seconds": _waited(call),
        "actions": [] if value is None else possible(value, actor),
        **_now(value),
        **known(session, call.number, besides=call.id),
    }


def known(session: Session, number: str, *, besides: str = "") -> dict[str, Any]:
    """What is known under a number: names, classes, the last calls and cases; nothing for a withheld number."""
    if not number:
        return {"names": [], "classes": [], "blocked": False, "calls": [], "cases": []}
    who = callers.caller(session, number, clock.now())
    return {
        "names": list(who.citizens.values()),
        "classes": list(who.classes),
        "blocked": who.blocked,
        "calls": _calls(session, phone_index(number), besides),
        "cases": _cases(session, who.citizens),
    }


def _spoke(session: Session, actor: Actor, call: PhoneCall) -> bool:
    seat = session.get(Seat, actor.id)
    if seat is not None and seat.call_id == call.id:
        return True
    value = value_of(call)
    if value is not None:
        return any(leg.who == actor.id and leg.role in (AGENT, THIRD) and leg.up is not None for leg in value.legs.values())
    legs = select(PhoneLeg.id).where(PhoneLeg.call_id == call.id, PhoneLeg.agent == actor.id, PhoneLeg.up_at.is_not(None))
    return session.scalar(legs.where(PhoneLeg.role.in_((AGENT, THIRD))).limit(1)) is not None


def _case_no() -> ColumnElement[str]:
    """The case that a call was made for, else the first that was linked with it; empty without one."""
    linked = select(CaseCall.case_no).where(CaseCall.call_id == PhoneCall.id).order_by(CaseCall.at, CaseCall.case_no).limit(1)
    return func.coalesce(func.nullif(PhoneCall.case_no, ""), linked.scalar_subquery(), "")


def _now(value: Call | None) -> dict[str, Any]:
    third = None if value is None else next(iter(value.live(THIRD)), None)
    return {
        "held": value is not None and value.held,
        "recording": value is not None and bool(value.recording),
        "paused": value is not None and value.paused,
        "third": None if third is None else {"who": third.who, "number": mask_phone(third.number), "state": third.state},
    }


def _waited(call: PhoneCall) -> int:
    begin = call.queued_at or call.began_at
    return max(0, int(((call.talking_at or call.ended_at or clock.now()) - begin).total_seconds()))


def _calls(session: Session, index: str, besides: str) -> list[dict[str, Any]]:
    columns = (PhoneCall.id, PhoneCall.kind, PhoneCall.began_at, PhoneCall.agent, PhoneCall.queue, PhoneCall.outcome, PhoneCall.talked_ms)
    one = select(*columns, _case_no().label("case_no"))
    last = one.where(PhoneCall.number_index == index).order_by(PhoneCall.began_at.desc()).limit(LAST + 1)
    return [dict(row._mapping) for row in session.execute(last) if row.id != besides][:LAST]


def _cases(session: Session, citizens: Collection[int]) -> list[dict[str, Any]]:
    if not citizens:
        return []
    columns = (Case.case_no, Case.category, Case.title, Case.status, Case.outcome, Case.opened_at)
    last = select(*columns).where(Case.citizen_id.in_(citizens)).order_by(Case.opened_at.desc(), Case.case_no.desc()).limit(LAST)
    return [{**row._mapping, "title": masked(row.title)} for row in session.execute(last)]
