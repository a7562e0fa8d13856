"""The page that registers a new case, and the one that tells its number and code."""

import secrets
from collections.abc import Mapping

from flask import Blueprint, render_template

from api.auth import guard
from api.auth.rights import OPEN_CASES
from api.idempotency.services import Call, once
from api.json import dumps
from api.product import product
from api.telephony.pop.services import own_call
from api.web import words
from api.web.opening import services
from api.web.typed import typed
from engine.actor import Actor
from engine.errors import Invalid
from engine.runtime.work import Work
from processes.cases.opening import open_case
from processes.contacts import services as contacts
from processes.registry.sources import area_choices

pages = Blueprint("opening", __name__)
NONCE = "once"
CALL = "call"
"""The call that the case is opened in, if it is one."""
FIRST = {"category": "complaint", "channel": "phone", "who": "named"}
"""What a fresh form starts with."""


@pages.get("/cases/new")
def show() -> str:
    """An empty form."""
    guard.require(*OPEN_CASES)
    return _form(FIRST, {})


@pages.post("/cases/new")
def create() -> tuple[str, int]:
    """Open the case and tell its number and code, once; the same form sent twice opens one case."""
    actor, engine = guard.require(*OPEN_CASES), product().engine
    sent = typed()
    call = Call(sent.pop(NONCE, ""), actor.id, "POST /cases/new", dumps(sent))
    try:
        opened = engine.transact(actor, lambda work: once(work.session, call, lambda: _open(work, sent)))
    except Invalid as refusal:
        return _form(sent, services.errors_by_field(refusal.errors, sent)), 422
    return _opened(actor, opened), 201


def _open(work: Work, typed: Mapping[str, str]) -> dict[str, str]:
    call_id = own_call(work.session, work.actor, typed[CALL]).id if typed.get(CALL) else ""
    opened = open_case(work, services.read(typed, call_id))
    if call_id:
        contacts.link(work.session, call_id, opened.case_no, work.now)
    return {"case_no": opened.case_no, "query_code": opened.query_code, "instance_id": str(opened.instance_id)}


def _opened(actor: Actor, opened: Mapping[str, str]) -> str:
    task_id = services.take_first_task(product().engine, actor, int(opened["instance_id"]))
    return render_template("opening/opened.html", opened=opened, task_id=task_id)


def _form(typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with product().engine.read() as session:
        offered = services.categories(session)
    return render_template(
        "opening/page.html",
        typed=typed,
        errors=errors,
        categories=offered,
        channels=list(words.CHANNELS.items()),
        areas=area_choices(),
        nonce=typed.get(NONCE) or secrets.token_urlsafe(12),
    )
