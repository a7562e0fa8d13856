"""`/telephony/seat`: sign in and out, ready and busy; `/telephony/seats`: everybody's, and locking one."""

from collections.abc import Callable
from typing import Any

from api.auth import guard, rights
from api.product import product
from api.rest import PREFIX, Resource
from api.telephony.calls.asking import seat_of
from api.telephony.calls.http import require_exchange
from api.telephony.seat import schemas, services
from engine.actor import Actor
from engine.runtime.work import Work
from telephony.seats import services as seats
from telephony.seats.models import Seat

resource = Resource("telephony-seat", __name__, "座席。 Seats.", PREFIX + "/telephony")


@resource.on("/seat", "GET", answer=schemas.Seat)
def own() -> dict[str, Any]:
    """One's own seat; `offline` while not signed in."""
    who = guard.require(*rights.TAKE_CALLS)
    with product().engine.read() as session:
        return services.as_json(session.get(Seat, who.id), who.id)


@resource.on("/seat/sign-in", "POST", answer=schemas.Seat)
@resource.takes(schemas.SignInBody)
def sign_in(body: dict[str, Any]) -> dict[str, Any]:
    """Sign in (签入) at a telephone for some queues, not ready yet."""
    who, settings = guard.require(*rights.TAKE_CALLS), product().settings
    require_exchange()
    return _moved(who, lambda work: services.sign_in(work.session, settings, who, now=work.now, **body))


@resource.on("/seat/sign-out", "POST", answer=schemas.Seat)
def sign_out() -> dict[str, Any]:
    """Sign out (签出)."""
    who = guard.require(*rights.TAKE_CALLS)
    return _moved(who, lambda work: seats.sign_out(work.session, who, work.now))


@resource.on("/seat/ready", "POST", answer=schemas.Seat)
def ready() -> dict[str, Any]:
    """Take calls (置闲)."""
    who = guard.require(*rights.TAKE_CALLS)
    return _moved(who, lambda work: seats.ready(work.session, who, work.now))


@resource.on("/seat/not-ready", "POST", answer=schemas.Seat)
@resource.takes(schemas.NotReadyBody)
def not_ready(body: dict[str, Any]) -> dict[str, Any]:
    """Take no calls for a while (置忙)."""
    who = guard.require(*rights.TAKE_CALLS)
    return _moved(who, lambda work: seats.not_ready(work.session, who, body["reason"], work.now))


@resource.on("/seat/softphone", "GET", answer=schemas.Softphone)
def softphone() -> dict[str, str]:
    """What the browser of somebody who is signed in with one registers with at the exchange."""
    who, settings = guard.require(*rights.TAKE_CALLS), product().settings
    with product().engine.read() as session:
        return services.softphone(session, settings, who)


@resource.on("/seat/waiting", "GET", answer=schemas.WaitingCalls)
def waiting() -> dict[str, Any]:
    """The calls that wait in one's queues, the longest first."""
    who, engine = guard.require(*rights.TAKE_CALLS), product().engine
    with engine.read() as session:
        calls = services.waiting(session, services.queues_of(seat_of(session, who.id)))
        return {"items": [services.waiting_json(call) for call in calls]}


@resource.on("/seats", "GET", answer=schemas.Seats)
def everybody() -> dict[str, Any]:
    """Every seat at which somebody is, remote ones with their place (远端座席); and locked ones whose agents have signed out."""
    guard.require(*rights.SUPERVISE_CALLS)
    with product().engine.read() as session:
        return {"items": [services.as_json(seat, seat.agent) for seat in seats.shown(session)]}


@resource.on("/seats/<agent>/lock", "POST", answer=schemas.Seat)
def lock(agent: str) -> dict[str, Any]:
    """Lock a seat (强制闭锁): no calls until it is unlocked; one with a call is locked once that is over."""
    who = guard.require(*rights.SUPERVISE_CALLS)
    return _moved(who, lambda work: services.lock(work.session, who, agent, work.now, on=True), agent)


@resource.on("/seats/<agent>/unlock", "POST", answer=schemas.Seat)
def unlock(agent: str) -> dict[str, Any]:
    """Unlock a seat; its agent says when they are ready, or signs in again."""
    who = guard.require(*rights.SUPERVISE_CALLS)
    return _moved(who, lambda work: services.lock(work.session, who, agent, work.now, on=False), agent)


def _moved(who: Actor, change: Callable[[Work], object], agent: str | None = None) -> dict[str, Any]:
    engine, whose = product().engine, agent or who.id
    engine.transact(who, change)
    with engine.read() as session:
        return services.as_json(session.get(Seat, whose), whose)
