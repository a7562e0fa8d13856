"""Who calls, and what is known under their number: each by an index, so that it costs the same on millions of rows (T07, C26, C28)."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, literal, select, union_all
from sqlalchemy.orm import Session

from api.telephony.calls.asking import possible, value_of
from engine import clock
from engine.actor import Actor
from processes.casefile.masking import masked
from processes.casefile.models import Case
from processes.registry.citizens.masking import mask_phone
from processes.registry.citizens.models import Citizen
from processes.registry.citizens.services import phone_index
from processes.registry.elders.models import Elder, ElderDevice
from telephony.blacklist import services as blacklist
from telephony.calls.models import PhoneCall
from telephony.calls.values import THIRD, Call
from telephony.seats.models import OFFLINE, Seat

LAST = 20
"""Calls and cases of the past that are shown (C26)."""
ELDER, PAGER, BLOCKED = "elder", "elder_pager", "blocked"
CLASSES: Final = (ELDER, PAGER, BLOCKED)
"""老年人, 老年人一招灵, 黑名单; VIP客户 and 重要客户 come with their registers (G14)."""


def pop(session: Session, actor: Actor) -> dict[str, Any] | None:
    """The call at the actor's seat with all that is known of who calls; None without a call. The number is whole: it is their call."""
    found = session.execute(
        select(Seat, PhoneCall).join(PhoneCall, PhoneCall.id == Seat.call_id).where(Seat.agent == actor.id, Seat.state != OFFLINE)
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
        "case_no": call.case_no,
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
    index = phone_index(number)
    citizens = session.execute(select(Citizen.id, Citizen.name).where(Citizen.phone_index == index).order_by(Citizen.id)).all()
    blocked = blacklist.blocked(session, number, clock.now())
    elder = _elder(session, index)
    classes = [name for name, there in ((ELDER, bool(elder)), (PAGER, any(elder)), (BLOCKED, blocked)) if there]
    return {
        "names": [row.name for row in citizens],
        "classes": classes,
        "blocked": blocked,
        "calls": _calls(session, index, besides),
        "cases": _cases(session, [row.id for row in citizens]),
    }


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


def _elder(session: Session, index: str) -> Sequence[bool]:
    """For each elder's device under this number, and each elder without one: whether it is one in use."""
    device: ColumnElement[bool] = ElderDevice.code.is_not(None)
    own = (
        select(device.label("device"))
        .select_from(Citizen)
        .join(Elder, Elder.citizen_id == Citizen.id)
        .outerjoin(ElderDevice, and_(ElderDevice.elder_id == Elder.id, ElderDevice.active))
        .where(Citizen.phone_index == index)
    )
    line = select(literal(True)).select_from(ElderDevice).where(ElderDevice.line_index == index, ElderDevice.active)
    return [bool(row[0]) for row in session.execute(union_all(own, line))]


def _calls(session: Session, index: str, besides: str) -> list[dict[str, Any]]:
    columns = (PhoneCall.id, PhoneCall.kind, PhoneCall.began_at, PhoneCall.agent, PhoneCall.queue, PhoneCall.outcome, PhoneCall.case_no)
    last = select(*columns, PhoneCall.talked_ms).where(PhoneCall.number_index == index).order_by(PhoneCall.began_at.desc()).limit(LAST + 1)
    return [dict(row._mapping) for row in session.execute(last) if row.id != besides][:LAST]


def _cases(session: Session, citizens: list[int]) -> list[dict[str, Any]]:
    if not citizens:
        return []
    columns = (Case.case_no, Case.category, Case.title, Case.status, Case.outcome, Case.opened_at)
    last = select(*columns).where(Case.citizen_id.in_(citizens)).order_by(Case.opened_at.desc(), Case.case_no.desc()).limit(LAST)
    return [{**row._mapping, "title": masked(row.title)} for row in session.execute(last)]
