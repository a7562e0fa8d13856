"""Definitions: look, upload, publish, retire."""

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from api.auth import guard, rights
from api.process_definitions import uploads
from api.product import product
from api.web.cases.pictures import plain
from api.web.definitions.catalogue import Line, lines
from api.web.diagrams import KINDS as ELEMENT_KINDS
from api.web.diagrams import drawn
from api.web.i18n import N_, language, one_language, translate
from api.web.people import CENTRE
from api.web.redirects import see_other
from engine.actor import Actor
from engine.definitions import queries, services
from engine.definitions.models import DRAFT, FORM, PROCESS, PUBLISHED, Definition
from engine.definitions.services import Deployment
from engine.errors import BihuanError, Invalid

pages = Blueprint("definitions", __name__, url_prefix="/definitions")
A_DAY = 24 * 3600
STATES = {DRAFT: N_("草稿"), PUBLISHED: N_("已发布"), "retired": N_("已停用")}
KINDS = {PROCESS: N_("流程"), "decision": N_("决策表"), FORM: N_("表单")}


@pages.get("")
def show() -> str:
    """Everything that is deployed, one line a key."""
    actor = guard.require(*CENTRE)
    return _list(actor)


@pages.post("")
def upload() -> Response:
    """Check the uploaded files, and keep them as drafts when that was asked for and nothing is wrong."""
    uploads.make_room()
    at_hand, too_much = product(), uploads.TOO_MUCH
    try:
        actor = guard.require(*rights.DEPLOY)
    except RequestEntityTooLarge as unread:  # not even the form's token, so nobody is known to show the list to
        raise Invalid(f"{too_much.message}{too_much.remedy} {too_much.message_en} {too_much.remedy_en}") from unread
    try:
        files = uploads.received()
    except RequestEntityTooLarge:
        return _again(actor, Deployment((), (too_much,)), None)
    if not files:
        return _again(actor, None, translate(N_("请先选择要上传的文件。"), language()))
    with at_hand.engine.read() as session:
        checked = services.deploy(session, files, actor.id, catalogue=at_hand.catalogue, dry_run=True)
    if checked.refused or request.form.get("then") != "keep":
        return _again(actor, checked, None)
    at_hand.engine.transact(actor, lambda work: services.deploy(work.session, files, actor.id, catalogue=at_hand.catalogue))
    return see_other(url_for("web.definitions.show", done="deployed"))


@pages.get("/<key>")
def newest(key: str) -> Response:
    """The newest version of a key."""
    guard.require(*CENTRE)
    with product().engine.read() as session:
        number = queries.versions(session, key)[0].version
    return see_other(url_for("web.definitions.version", key=key, number=number))


@pages.get("/<key>/<int:number>")
def version(key: str, number: int) -> str:
    """One version: its picture, its state, who made it and who let it go live."""
    return _version(guard.require(*CENTRE), key, number)


@pages.get("/<key>/<int:number>/file")
def file(key: str, number: int) -> Response:
    """The file as it was uploaded; a version never changes, so a browser may keep it."""
    guard.actor()
    with product().engine.read() as session:
        found = queries.version(session, key, number)
        content = queries.content(session, found)
    answer = Response(content, content_type="application/json" if found.kind == FORM else "application/xml")
    answer.headers["Cache-Control"] = f"private, max-age={A_DAY}, immutable"
    return answer


@pages.post("/<key>/<int:number>/publish")
def publish(key: str, number: int) -> Response | tuple[str, int]:
    """Let a draft go live, by somebody else than its author."""
    actor = guard.require(*rights.DEPLOY)
    try:
        product().engine.transact(actor, lambda work: len(services.publish(work.session, key, number, actor.id)))
    except BihuanError as refusal:
        return _version(actor, key, number, refusal), 409
    return see_other(url_for("web.definitions.version", key=key, number=number, done="published"))


@pages.post("/<key>/<int:number>/retire")
def retire(key: str, number: int) -> Response | tuple[str, int]:
    """Take a version out of use for new cases."""
    actor = guard.require(*rights.DEPLOY)
    try:
        product().engine.transact(actor, lambda work: services.retire(work.session, key, number, actor.id).version)
    except BihuanError as refusal:
        return _version(actor, key, number, refusal), 409
    return see_other(url_for("web.definitions.version", key=key, number=number, done="retired"))


def _again(actor: Actor, checked: Deployment | None, complaint: str | None) -> Response:
    status = 422 if complaint or (checked and checked.refused) else 200
    return Response(_list(actor, checked, complaint), status, content_type="text/html; charset=utf-8")


def _list(actor: Actor, checked: Deployment | None = None, complaint: str | None = None) -> str:
    with product().engine.read() as session:
        found: list[Line] = lines(queries.all_versions(session))
    return render_template(
        "definitions/list.html",
        groups=[(name, [line for line in found if line.newest.kind == kind]) for kind, name in KINDS.items()],
        states=STATES,
        deployer=_may_deploy(actor),
        checked=checked,
        complaint=complaint,
    )


def _version(actor: Actor, key: str, number: int, refusal: BihuanError | None = None) -> str:
    with product().engine.read() as session:
        found: Definition = queries.version(session, key, number)
        others = queries.versions(session, key)
        content = None if found.kind == PROCESS else queries.content(session, found).decode("utf-8", "replace")
        shown = drawn(session, [(key, number)]).get((key, number)) if found.kind == PROCESS else None
    return render_template(
        "definitions/version.html",
        definition=found,
        versions=others,
        kinds=KINDS,
        states=STATES,
        content=content,
        drawn=shown,
        element_kinds=ELEMENT_KINDS,
        deployer=_may_deploy(actor),
        own=found.author == actor.id,
        refusal=None if refusal is None else one_language(refusal.message, language()),
        pictures=[plain(url_for("web.definitions.file", key=key, number=number))],
    )


def _may_deploy(actor: Actor) -> bool:
    return bool(actor.groups & frozenset(rights.DEPLOY))
