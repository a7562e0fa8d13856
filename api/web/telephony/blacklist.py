"""`/blacklist`: numbers that are turned away, asked for by one leader and approved by another (T29)."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, render_template, request, url_for

from api.auth import rights
from api.idempotency.services import Call, once
from api.ids import number_in
from api.json import dumps
from api.product import product
from api.telephony.blacklist.services import state_of
from api.web.i18n import N_, language, one_language
from api.web.redirects import see_other
from api.web.sealed import seal, unseal
from api.web.telephony.refusals import admitted, said, status
from api.web.typed import typed
from engine import clock
from engine.actor import Actor
from engine.errors import BihuanError, Invalid
from engine.runtime.work import Work
from processes.registry.citizens.masking import mask_phone
from telephony.blacklist import services

pages = Blueprint("blacklist", __name__, url_prefix="/blacklist")
STATES = {"asked": N_("待批准"), "in_force": N_("生效中"), "over": N_("已结束")}
STYLES = {"asked": "wait", "in_force": "late", "over": ""}
NONCE = "once"
DEFAULT_DAYS = "7"


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it stands: what was typed, and what is wrong with it."""

    typed: Mapping[str, str] = field(default_factory=lambda: {"days": DEFAULT_DAYS})
    refused: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


@pages.get("")
def show() -> str:
    """The list, or that of one number, and the form that adds to it; a sealed number (`of`) is not said again on the page."""
    actor, sealed, number = admitted(*rights.BLOCK_NUMBERS), unseal(request.args.get("of", "")), request.args.get("number", "")
    return _page(actor, Asked(), number=sealed or number, shown="" if sealed else number)


@pages.route("/found", methods=["GET", "POST"])
def find() -> Response | str:
    """The list of one number; it is sent this way so that no address has it. Who enters this address by hand gets to the whole list.

    Without htmx the answer is the sealed address of that list, so that reloading, going back and another language keep the number.
    """
    actor, number = admitted(*rights.BLOCK_NUMBERS), request.form.get("number", "")
    if "HX-Request" in request.headers:
        return _page(actor, Asked(), number=number, shown=number)
    return see_other(url_for("web.blacklist.show", of=seal(number) or None))


@pages.post("")
def ask() -> Response | tuple[str, int]:
    """Ask for a number to be turned away; sent twice, it is asked once."""
    actor, sent = admitted(*rights.BLOCK_NUMBERS), typed()
    call = Call(sent.pop(NONCE, ""), actor.id, "POST /blacklist", dumps(sent))
    number, reason, days = sent.get("number", ""), sent.get("reason", ""), sent.get("days", "")

    def command(work: Work) -> str:
        return str(services.ask(work.session, actor, number, reason, _whole(days), work.now).id)

    try:
        product().engine.transact(actor, lambda work: once(work.session, call, lambda: command(work)))
    except Invalid as refusal:
        return _page(actor, Asked(sent, one_language(refusal.message, language()), refusal.errors)), 422
    return see_other(url_for("web.blacklist.show", done="blocked"))


@pages.post("/<number>/approve")
def approve(number: str) -> Response | tuple[str, int]:
    """Put into force what somebody else asked for."""
    actor, row_id = admitted(*rights.BLOCK_NUMBERS), number_in(number)
    return _done(actor, "approved", lambda work: services.approve(work.session, actor, row_id, work.now))


@pages.post("/<number>/lift")
def lift(number: str) -> Response | tuple[str, int]:
    """End it now."""
    actor, row_id = admitted(*rights.BLOCK_NUMBERS), number_in(number)
    return _done(actor, "lifted", lambda work: services.lift(work.session, actor, row_id, work.now))


def _done(actor: Actor, notice: str, change: Callable[[Work], None]) -> Response | tuple[str, int]:
    try:
        product().engine.transact(actor, change)
    except BihuanError as refusal:
        return _page(actor, Asked(), said(refusal)), status(refusal)
    return see_other(url_for("web.blacklist.show", done=notice))


def _page(actor: Actor, asked: Asked, complaint: str = "", *, number: str = "", shown: str = "") -> str:
    now = clock.now()
    with product().engine.read() as session:
        rows = [(row, mask_phone(row.number), state_of(row, now)) for row in services.listed(session, number)]
    return render_template(
        "telephony/blacklist.html",
        rows=rows,
        wanted=shown,
        asked=asked,
        complaint=complaint,
        states=STATES,
        styles=STYLES,
        me=actor.id,
        most=services.MOST_DAYS,
        nonce=secrets.token_urlsafe(12),
    )


def _whole(text: str) -> int:
    """A number of days; 0, which is none, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < len("1000000") else 0
