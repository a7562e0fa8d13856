"""Seats as people see them, and which telephone a browser becomes."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from engine.errors import Invalid
from engine.settings import Settings
from processes.registry.audit import services as audit
from processes.registry.citizens.masking import mask_phone
from processes.registry.citizens.services import with_phone
from telephony.calls.models import PhoneCall
from telephony.calls.values import OFFERING, QUEUED
from telephony.plan import services as plans
from telephony.plan.models import PhonePlan
from telephony.seats import browsers
from telephony.seats import services as seats
from telephony.seats.errors import BadSeat, NoSeat
from telephony.seats.models import OFFLINE, Seat

TECHNOLOGY: Final = "PJSIP/"
BROWSER: Final = f"{TECHNOLOGY}{browsers.PREFIX}"
_OWN = re.compile(r"(?:PJSIP/)?([A-Za-z0-9][A-Za-z0-9_-]{0,31})")


class NoSoftphone(NoSeat):
    """您没有用浏览器软电话签入。 You are not signed in with a softphone in a browser."""

    code = "no-softphone"


def sign_in(
    session: Session,
    settings: Settings,
    actor: Actor,
    endpoint: str | None,
    queues: Sequence[str],
    now: datetime,
    *,
    place: str = "",
    area: str = "",
) -> Seat:
    """Sign in at one's telephone, or (`endpoint` None) as a telephone in this browser. Raises what `seats.sign_in` does, `Invalid`."""
    known = queue_names(session)
    unknown = [queue for queue in queues if queue not in known]
    if unknown:
        raise Invalid(errors={"queues": f"没有这个队列：{' '.join(unknown)}。 There is no such queue: {' '.join(unknown)}."})
    if not queues:
        raise Invalid(errors={"queues": "请至少选择一个队列。 Choose at least one queue."})
    chosen = _free_browser(session, settings, actor) if endpoint is None else _named(endpoint, settings)
    return seats.sign_in(session, actor, chosen, queues, now, place=place.strip(), area=area.strip())


def lock(session: Session, actor: Actor, agent: str, now: datetime, *, on: bool) -> None:
    """Lock a seat (强制闭锁), or unlock it, and put on record who did. Raises `NoSeat` for somebody who never sat anywhere."""
    seats.lock(session, agent, now, on=on)
    audit.record(session, actor, "seat.locked" if on else "seat.unlocked", f"seat:{agent}")


def softphone(session: Session, settings: Settings, actor: Actor) -> dict[str, str]:
    """What a browser needs to be the actor's telephone, its password too. Raises `NoSoftphone`."""
    seat = session.get(Seat, actor.id)
    if not settings.seat_wss or seat is None or seat.state == OFFLINE or not seat.endpoint.startswith(BROWSER):
        raise NoSoftphone
    user = seat.endpoint.removeprefix(TECHNOLOGY)
    password = browsers.password(settings.seat_secret, user)
    host = urlsplit(settings.seat_wss).hostname or "localhost"
    return {"websocket": settings.seat_wss, "uri": f"sip:{user}@{host}", "user": user, "password": password}


def queue_names(session: Session) -> dict[str, str]:
    """The queues of the plan in force, by key, without reading the plan's menus and hours."""
    return {key: str(queue["name"]) for key, queue in _queues(session).items()}


def areas(session: Session) -> list[str]:
    """The areas whose calls go to seats of the area first."""
    return sorted({str(queue["area"]) for queue in _queues(session).values() if queue.get("area")})


def names_under(session: Session, number: str) -> list[str]:
    """The names of the citizens known under a number."""
    return [citizen.name for citizen in with_phone(session, number)]


def _queues(session: Session) -> Mapping[str, Any]:
    version = plans.current_version(session)
    row = session.get(PhonePlan, version) if version else None
    body: Mapping[str, Any] = row.body if row is not None else plans.shipped()
    queues: Mapping[str, Any] = body["queues"]
    return queues


def waiting(session: Session, queues: Sequence[str] | None = None) -> Sequence[PhoneCall]:
    """The calls that wait, or ring at somebody's, in these queues (all without any), the longest first."""
    query = select(PhoneCall).where(PhoneCall.ended_at.is_(None), PhoneCall.state.in_((QUEUED, OFFERING)), PhoneCall.queued_at.is_not(None))
    if queues is not None:
        query = query.where(PhoneCall.queue.in_(list(queues)))
    return session.scalars(query.order_by(PhoneCall.queued_at, PhoneCall.id)).all()


def queues_of(seat: Seat) -> list[str]:
    """The keys of a seat's queues."""
    return [queue for queue in seat.queues.split(",") if queue]


def waiting_json(call: PhoneCall) -> dict[str, Any]:
    """A waiting call, its number masked."""
    assert call.queued_at is not None, "only those that wait are asked for"
    return {
        "id": call.id,
        "number": mask_phone(call.number),
        "queue": call.queue,
        "state": call.state,
        "agent": call.agent,
        "queued_at": call.queued_at,
        "waited_seconds": int((clock.now() - call.queued_at).total_seconds()),
    }


def as_json(seat: Seat | None, actor_id: str) -> dict[str, Any]:
    """A seat; one where nobody is signed in is `offline`."""
    if seat is None or seat.state == OFFLINE:
        nothing: dict[str, Any] = {
            "endpoint": "",
            "reason": "",
            "since": None,
            "until": None,
            "place": "",
            "area": "",
            "queues": [],
            "call_id": "",
        }
        return {"agent": actor_id, "state": OFFLINE, "locked": seat is not None and seat.locked, "softphone": False, **nothing}
    names = ("agent", "state", "reason", "since", "until", "endpoint", "place", "area", "call_id", "locked")
    found = {name: getattr(seat, name) for name in names}
    return {**found, "queues": queues_of(seat), "softphone": seat.endpoint.startswith(BROWSER)}


def _named(endpoint: str, settings: Settings) -> str:
    found = _OWN.fullmatch(endpoint.strip())
    if found is None:
        raise BadSeat(errors={"endpoint": "请填写话机号码，例如 1001。 Name the telephone, as in 1001."})
    if f"{TECHNOLOGY}{found[1]}".startswith(BROWSER) and not settings.seat_wss:
        raise BadSeat(errors={"endpoint": "没有开通浏览器软电话。 Softphones in browsers are not set up."})
    return f"{TECHNOLOGY}{found[1]}"


def _free_browser(session: Session, settings: Settings, actor: Actor) -> str:
    if not settings.seat_wss:
        raise BadSeat(errors={"endpoint": "没有开通浏览器软电话。 Softphones in browsers are not set up."})
    rows = session.execute(select(Seat.endpoint, Seat.agent, Seat.state).where(Seat.endpoint.startswith(BROWSER))).all()
    taken = {row.endpoint for row in rows if row.agent != actor.id and row.state != OFFLINE}
    own = next((row.endpoint for row in rows if row.agent == actor.id), None)
    numbers = (f"{TECHNOLOGY}{browsers.name(number)}" for number in range(1, browsers.MOST + 1))
    return own if own is not None and own not in taken else next(name for name in numbers if name not in taken)
