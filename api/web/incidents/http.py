"""`/incidents`: the groups, a group with its incidents, one incident; and the three things that can be done."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from api.auth import guard, rights
from api.ids import number_in
from api.product import product
from api.web.i18n import language, one_language
from api.web.incidents.naming import CAUSES, KINDS, ORIGINS, STATES, STYLES, Names
from api.web.redirects import see_other
from api.web.typed import typed
from api.web.words import word
from engine import cursors
from engine.errors import BihuanError, Invalid, NotFound
from engine.outbox import batches, incidents, settling
from engine.outbox.incidents import Wanted
from engine.outbox.models import RUNNING

pages = Blueprint("incidents", __name__, url_prefix="/incidents")
PAGE = 50
_ARGUMENTS = ("state", "kind", "cause", "place", "group")
_WORDS: Mapping[str, Any] = {"kinds": KINDS, "states": STATES, "styles": STYLES, "origins": ORIGINS, "causes": CAUSES, "word": word}


@pages.get("")
def show() -> str:
    """The groups that the filter lets through, and the incidents of a chosen group; the filter stands in the address."""
    guard.require(*rights.ADMINISTER)
    return _list("incidents/found.html" if "HX-Request" in request.headers else "incidents/page.html")


@pages.get("/<number>")
def one(number: str) -> str:
    """One incident, with its trace."""
    guard.require(*rights.ADMINISTER)
    return _one(number_in(number))


@pages.post("/<number>/<action>")
def settle(number: str, action: str) -> Response | tuple[str, int]:
    """Do one thing about an incident; what is refused comes back on its page with the reason that was given."""
    actor, row, sent = guard.require(*rights.ADMINISTER), number_in(number), typed()
    deed = partial(
        settling.settle,
        incident_id=row,
        action=_known(action),
        reason=sent.get("reason", ""),
        whole_case="whole_case" in sent,
    )
    try:
        product().engine.transact(actor, lambda work: deed(work).id)
    except BihuanError as refusal:
        return _one(row, refused=action, complaint=_said(refusal), typed=sent), _status(refusal)
    return see_other(url_for("web.incidents.one", number=number, done=f"incident_{action}"))


@pages.post("/groups/<group>/<action>")
def settle_group(group: str, action: str) -> Response | tuple[str, int]:
    """Do it about every open incident of a group, in the background."""
    actor, at_hand, sent = guard.require(*rights.ADMINISTER), product(), typed()
    begin = partial(batches.begin, queue=at_hand.queue, group_key=group, action=_known(action), reason=sent.get("reason", ""))
    try:
        at_hand.engine.transact(actor, lambda work: begin(work).id)
    except BihuanError as refusal:
        return _list("incidents/page.html", group=group, refused=action, complaint=_said(refusal), typed=sent), _status(refusal)
    return see_other(url_for("web.incidents.show", group=group, done="incident_batch"))


@pages.get("/batches/<batch_id>")
def batch(batch_id: str) -> str | Response:
    """How far a batch has come; a page asks this by itself, and loads itself anew at the end."""
    guard.require(*rights.ADMINISTER)
    with product().engine.read() as session:
        found = batches.get(session, number_in(batch_id))
    if found.state != RUNNING:
        return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Refresh": "true"})
    return render_template("incidents/progress.html", batch=found)


def _list(template: str, group: str | None = None, **more: Any) -> str:
    given = {name: request.args.get(name) or None for name in _ARGUMENTS}
    group = group or given["group"]
    wanted = Wanted(
        state=None if given["state"] == "all" else given["state"] if given["state"] in STATES else "open",
        kind=given["kind"],
        cause=given["cause"],
        place=given["place"],
        group=group,
        q=request.args.get("q", "").strip() or None,
    )
    after = cursors.row_in(request.args.get("cursor"))
    with product().engine.read() as session:
        groups = incidents.groups(session, wanted)
        found = incidents.found(session, wanted, after=after, limit=PAGE) if group else []
        names = Names.of(session, [*groups, *found])
        running = batches.latest(session, group) if group else None
    chosen = next((one for one in groups if one.key == group), None)
    return render_template(
        template,
        wanted=wanted,
        state=given["state"] or "open",
        groups=groups,
        chosen=chosen,
        incidents=found,
        next=cursors.encode((found[-1].id,)) if len(found) == PAGE else None,
        names=names,
        batch=running if running is not None and (running.state == RUNNING or "done" in request.args) else None,
        actions=settling.choices(found[0]) if found else {},
        **_WORDS,
        **more,
    )


def _one(number: int, **more: Any) -> str:
    with product().engine.read() as session:
        incident = incidents.get(session, number)
        names = Names.of(session, [incident])
    return render_template("incidents/one.html", incident=incident, names=names, actions=settling.choices(incident), **_WORDS, **more)


def _known(action: str) -> str:
    if action not in settling.ACTIONS:
        raise NotFound
    return action


def _said(refusal: BihuanError) -> str:
    text = next(iter(refusal.errors.values()), refusal.message)
    return one_language(text, language())


def _status(refusal: BihuanError) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(refusal, Invalid) else HTTPStatus.CONFLICT
