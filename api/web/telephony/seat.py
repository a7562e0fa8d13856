"""`/seat`: the window of one's own seat, which stays open while the main window goes from page to page."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import guard, rights
from api.product import product
from api.telephony.calls import asking
from api.telephony.pop.services import own_call, pop
from api.telephony.seat import services
from api.web import words
from api.web.opening import services as opening
from api.web.opening.http import CALL, FIRST
from api.web.redirects import see_other
from api.web.telephony import naming
from api.web.telephony.leading import lead, register_task
from api.web.telephony.refusals import admitted, said, status
from engine import clock
from engine.actor import Actor
from engine.errors import BihuanError, NotFound
from engine.runtime.work import Work
from processes.registry.citizens.masking import mask_phone
from processes.registry.sources import area_choices
from telephony.calls.machine import ASKS
from telephony.calls.models import PhoneCall
from telephony.calls.values import INBOUND, PAGER
from telephony.commands.models import REFUSED, PhoneCommand
from telephony.seats import services as seats
from telephony.seats.models import BUSY, OFFLINE, RESERVED, Seat

pages = Blueprint("seat", __name__, url_prefix="/seat")
OPENING = (INBOUND, PAGER)
"""The kinds of calls whose form opens by itself: who calls out has before them what they call about."""


@pages.get("")
def show() -> str:
    """The whole window."""
    return _window("telephony/seat.html", _sitter())


@pages.get("/panel")
def panel() -> str:
    """The part that follows the seat and its call; the window asks this by itself."""
    return _window("telephony/panel.html", _sitter(counts_as_use=False))


@pages.get("/waiting")
def waiting() -> str:
    """The calls that wait in one's queues; the window asks this by itself."""
    return _window("telephony/waiting.html", _sitter(counts_as_use=False))


@pages.post("/sign-in")
def sign_in() -> Response | tuple[str, int] | str:
    """Sign in at the telephone that was named, or as one in this browser."""
    sent, settings = request.form, product().settings
    endpoint = None if sent.get("where") == "browser" else sent.get("endpoint", "")
    queues, place, area = sent.getlist("queues"), sent.get("place", "")[:64], sent.get("area", "")[:32]
    actor = _sitter()
    return _moved(actor, lambda work: services.sign_in(work.session, settings, actor, endpoint, queues, work.now, place=place, area=area))


@pages.post("/sign-out")
def sign_out() -> Response | tuple[str, int] | str:
    """Sign out."""
    actor = _sitter()
    return _moved(actor, lambda work: seats.sign_out(work.session, actor, work.now))


@pages.post("/ready")
def ready() -> Response | tuple[str, int] | str:
    """Take calls."""
    actor = _sitter()
    return _moved(actor, lambda work: seats.ready(work.session, actor, work.now))


@pages.post("/not-ready")
def not_ready() -> Response | tuple[str, int] | str:
    """Take no calls, for the reason chosen."""
    actor, reason = _sitter(), request.form.get("reason", "")
    return _moved(actor, lambda work: seats.not_ready(work.session, actor, reason, work.now))


@pages.post("/call")
def call() -> Response | tuple[str, int] | str:
    """Call a number."""
    actor, number = _sitter(), request.form.get("number", "")
    return _moved(actor, lambda work: asking.begin(work.session, actor, number, "", work.now))


@pages.post("/calls/<call_id>/<kind>")
def act(call_id: str, kind: str) -> Response | tuple[str, int] | str:
    """Ask something of a call."""
    actor, sent = _sitter(), request.form
    if kind not in ASKS:
        raise NotFound
    given = {"to": sent.get("number", "").strip() or sent.get("to", ""), "keys": sent.get("keys", "")}
    return _moved(actor, lambda work: asking.ask(work.session, actor, call_id, kind, given, work.now))


@pages.get("/calls/<call_id>/form")
def form(call_id: str) -> Response:
    """To where the call leads: the emergency, the form, the case, else a new case with the number filled in."""
    actor = _sitter()
    with product().engine.read() as session:
        found = lead(session, actor, call_id)
    return see_other(url_for("web.seat.new_case", call_id=call_id) if found is None else found.address)


@pages.get("/calls/<call_id>/new-case")
def new_case(call_id: str) -> str:
    """The page of a new case with what is known of the caller; the number stands in no address."""
    actor = admitted(*rights.OPEN_CASES)
    with product().engine.read() as session:
        row = own_call(session, actor, call_id)
        names = services.names_under(session, row.number)
        return render_template(
            "opening/page.html",
            typed={**FIRST, CALL: row.id, "phone": row.number, "name": names[0] if len(names) == 1 else ""},
            errors={},
            categories=opening.categories(session),
            channels=list(words.CHANNELS.items()),
            areas=area_choices(),
            nonce=secrets.token_urlsafe(12),
        )


def _sitter(*, counts_as_use: bool = True) -> Actor:
    guard.actor(counts_as_use=counts_as_use)
    return admitted(*rights.TAKE_CALLS)


def _moved(actor: Actor, change: Callable[[Work], object]) -> Response | tuple[str, int] | str:
    """Do it, and show how the seat stands now; what is refused is said on it."""
    htmx = "HX-Request" in request.headers
    try:
        product().engine.transact(actor, change)
    except BihuanError as refusal:
        return _window("telephony/panel_after.html" if htmx else "telephony/seat.html", actor, complaint=said(refusal)), status(refusal)
    return _window("telephony/panel_after.html", actor) if htmx else see_other(url_for("web.seat.show"))


def _window(template: str, actor: Actor, complaint: str = "") -> str:
    """The window or a part of it; while somebody is signed in at the seat it is use of their session, also when it asks by itself.

    An agent listens for half an hour without a click, and the telephone of a browser goes with its session: being signed in is being
    there. The rule about idle sessions is for who went away, and at a seat others see to that: a call that rings in vain puts the seat
    on 置忙 at once, leave is taken by 置忙 or 签出, supervisors see who is away and lock a seat; and no session outlives its working day
    (`BIHUAN_TOKEN_HOURS`). A window at which nobody is signed in prolongs nothing.
    """
    settings = product().settings
    with product().engine.read() as session:
        row = session.get(Seat, actor.id)
        seat = services.as_json(row, actor.id)
        there = seat["state"] != OFFLINE
        popped = pop(session, actor) if there else None
        names = services.queue_names(session)
        shown = render_template(
            template,
            seat=seat,
            age=_age(seat["since"]),
            pop=popped,
            call_age=_age(popped["talking_at"] or popped["began_at"]) if popped else 0,
            queues=names,
            areas=services.areas(session),
            waiting=[services.waiting_json(call) for call in services.waiting(session, seat["queues"])] if there else [],
            colleagues=_colleagues(session, actor) if popped else [],
            refused=_refused(session, actor, seat["call_id"]),
            lead=lead(session, actor, popped["id"]) if popped else None,
            opens=popped is not None and popped["kind"] in OPENING,
            reminder=_reminder(session, actor, row) if there else None,
            complaint=complaint,
            browser=bool(settings.seat_wss),
            naming=naming,
            word=words.word,
        )
    if there:
        guard.note_use()
    return shown


def _age(moment: Any) -> int:
    return 0 if moment is None else max(0, int((clock.now() - moment).total_seconds()))


def _colleagues(session: Session, actor: Actor) -> list[Seat]:
    return [seat for seat in seats.signed_in(session) if seat.agent != actor.id and seat.state not in (RESERVED, BUSY)]


def _refused(session: Session, actor: Actor, call_id: str) -> str:
    """Why the exchange refused what was asked last of the present call."""
    if not call_id:
        return ""
    last = session.scalar(
        select(PhoneCommand).where(PhoneCommand.call_id == call_id, PhoneCommand.by == actor.id).order_by(PhoneCommand.id.desc()).limit(1)
    )
    return last.answer if last is not None and last.state == REFUSED else ""


def _reminder(session: Session, actor: Actor, seat: Seat | None) -> Mapping[str, Any] | None:
    """The call of which the agent was reminded (提醒补登), as long as its form is open."""
    call = session.get(PhoneCall, seat.reminded_call) if seat is not None and seat.reminded_call else None
    if call is None or register_task(session, actor, call.id) is None:
        return None
    return {"id": call.id, "number": mask_phone(call.number), "began_at": call.began_at}
