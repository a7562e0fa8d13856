"""`/elders`: the register of elders, masked; the whole record and its form only for somebody who says why (T25, X02)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from api.auth import guard
from api.auth.rights import KEEP_ELDERS
from api.elders import services
from api.elders.http import PAGE
from api.errors import status_of
from api.ids import number_in
from api.product import product
from api.web.elders import form
from api.web.i18n import N_, language, one_language
from api.web.redirects import see_other
from api.web.sealed import seal, unseal
from api.web.typed import typed
from engine import clock, cursors, reasons
from engine.actor import Actor
from engine.errors import BihuanError, Invalid, NotFound
from engine.runtime.work import Work
from processes.cases.intake import emergency_of
from processes.registry.areas.services import area
from processes.registry.elders import finding, keeping
from processes.registry.elders.services import Particulars
from processes.registry.sources import area_choices

pages = Blueprint("elders", __name__, url_prefix="/elders")
STATES = {"in_use": N_("在用"), "silent": N_("有静默设备"), "retired": N_("已停用")}
STYLES = {"in_use": "done", "silent": "late", "retired": ""}
ROLES = {"family": N_("家人"), "liaison": N_("社区联络员"), "doctor": N_("看护医生")}
FIELDS = {
    "name": N_("姓名"),
    "phone": N_("电话"),
    "address": N_("住址"),
    "area": N_("区域"),
    "health": N_("健康备注"),
    "profile": N_("居住情况"),
    "device": N_("设备编号"),
    "line": N_("线路号码"),
    "contacts": N_("联系人"),
    "reason": N_("理由"),
}


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked for and not possible: by which form, why, and what had been typed."""

    deed: str = ""
    message: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)


NOTHING = Refused()


@pages.get("")
def show() -> str:
    """The list, or what matches; in our own links what is looked for stands sealed, and the page does not say it again."""
    guard.require(*KEEP_ELDERS)
    sealed, typed, state = unseal(request.args.get("of", "")), request.args.get("q", ""), request.args.get("state", "")
    return _list(sealed, state) if sealed else _list(typed, state, typed)


@pages.post("")
def find() -> Response | str:
    """What matches; it is sent this way so that neither names nor numbers stand in an address.

    Without htmx the answer is the sealed address of the list, so that reloading, going back and another language keep what was asked.
    """
    guard.require(*KEEP_ELDERS)
    typed, state = request.form.get("q", ""), request.form.get("state", "")
    return _list(typed, state, typed) if "HX-Request" in request.headers else see_other(_address(typed, state))


def _list(q: str, state: str, shown: str = "") -> str:
    now = clock.now()
    after = cursors.row_in(request.args.get("cursor"))
    with product().engine.read() as session:
        rows = finding.found(session, now, q=q, state=state, after=after, most=PAGE + 1)
        items = [(services.in_list(one, now), one.contacts, _area(one.elder.area)) for one in rows[:PAGE]]
    following = cursors.encode((rows[PAGE - 1].elder.id,)) if len(rows) > PAGE else None
    onward = _address(q, state, following) if following else None
    return render_template("elders/list.html", items=items, onward=onward, q=shown, state=state, states=STATES, styles=STYLES)


def _address(q: str, state: str, cursor: str | None = None) -> str:
    """Where a list of what matches stands, from its beginning or from a cursor on."""
    return url_for("web.elders.show", of=seal(q) or None, state=state or None, cursor=cursor)


@pages.get("/new")
def blank() -> str:
    """An empty form."""
    guard.require(*KEEP_ELDERS)
    return _new(NOTHING)


@pages.post("/new")
def enrol() -> Response | tuple[str, int]:
    """Enrol an elder with a device."""
    actor, sent = guard.require(*KEEP_ELDERS), form.settled(typed())
    try:
        row = product().engine.transact(actor, lambda work: keeping.enrol(work.session, actor, form.new(sent), work.now, emergency_of).id)
    except Invalid as refusal:
        return _new(_refused("new", refusal, sent)), 422
    return see_other(url_for("web.elders.one", elder=row, done="elder_enrolled"))


@pages.get("/<elder>")
def one(elder: str) -> str:
    """One elder, masked."""
    guard.require(*KEEP_ELDERS)
    return _one(number_in(elder))


@pages.post("/<elder>/unmask")
def unmask(elder: str) -> tuple[str, int]:
    """The whole record with its form; who looked and why is put on record."""
    actor, row, reason = guard.require(*KEEP_ELDERS), number_in(elder), request.form.get("reason", "")
    try:
        known = product().engine.transact(actor, lambda work: keeping.unmask(work.session, actor, row, reason))
    except Invalid as refusal:
        return _one(row, _refused("unmask", refusal, typed())), 422
    return _one(row, known=known), 200


@pages.post("/<elder>/change")
def change(elder: str) -> Response | tuple[str, int]:
    """Change what is on record."""
    sent = form.settled(typed())

    def command(work: Work, actor: Actor, row: int) -> None:
        keeping.change(work.session, actor, row, form.changes(sent), work.now, sent.get(form.LOOKED))

    return _done(elder, "change", sent, command)


@pages.post("/<elder>/<any(add, move, take, retire):deed>")
def act(elder: str, deed: str) -> Response | tuple[str, int]:
    """Hand out a device, put one on another line, take one back; serve the elder no more."""
    sent = typed()
    device, line, reason = sent.get("device", "").strip(), sent.get("line", "").strip() or None, sent.get("reason", "")

    def command(work: Work, actor: Actor, row: int) -> None:
        if deed == "add":
            keeping.add_device(work.session, actor, row, device, line, work.now, emergency_of)
        elif deed == "move":
            keeping.move_device(work.session, actor, row, device, line)
        elif deed == "take":
            keeping.retire_device(work.session, actor, row, device, reason)
        else:
            keeping.retire(work.session, actor, row, reason)

    return _done(elder, deed, sent, command)


def _done(elder: str, deed: str, sent: Mapping[str, str], command: Callable[[Work, Actor, int], object]) -> Response | tuple[str, int]:
    actor, row = guard.require(*KEEP_ELDERS), number_in(elder)
    try:
        product().engine.transact(actor, lambda work: command(work, actor, row))
    except NotFound:
        raise
    except BihuanError as refusal:
        return _one(row, _refused(deed, refusal, sent)), status_of(refusal)
    return see_other(url_for("web.elders.one", elder=row, done=f"elder_{deed}"))


def _refused(deed: str, refusal: BihuanError, sent: Mapping[str, str]) -> Refused:
    return Refused(deed, one_language(refusal.message, language()), refusal.errors, sent)


def _new(refused: Refused) -> str:
    return render_template("elders/new.html", refused=refused, **_words(refused.typed))


def _one(row: int, refused: Refused = NOTHING, known: Particulars | None = None) -> str:
    now = clock.now()
    with product().engine.read() as session:
        shown = services.masked(session, row, now) if known is None else services.whole(session, row, known, now)
    fields = form.typed_of(known) if known is not None else refused.typed if refused.deed == "change" else None
    return render_template(
        "elders/one.html",
        elder=shown,
        area=_area(shown["area"]),
        refused=refused,
        known=known,
        typed=fields,
        states=STATES,
        styles=STYLES,
        silent_days=finding.SILENT_DAYS,
        longest=reasons.LONGEST,
        **_words(fields or {}),
    )


def _words(fields: Mapping[str, str]) -> dict[str, Any]:
    return {"labels": FIELDS, "elder_roles": ROLES, "areas": area_choices(), "lines": form.lines(fields)}


def _area(code: str | None) -> str:
    found = area(code) if code else None
    return found.full_name if found is not None else ""
