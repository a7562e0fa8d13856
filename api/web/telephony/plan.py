"""`/plan`: the plan of the exchange, readable; its versions; and editing it as text, compared before it is published (T27)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from api.auth import guard, rights
from api.ids import number_in
from api.product import product
from api.telephony.plan import services, text
from api.telephony.plan.services import Overtaken
from api.telephony.plan.text import Line, Unreadable
from api.web.i18n import language, one_language
from api.web.redirects import see_other
from api.web.telephony import plan_tree
from api.web.telephony.refusals import admitted, said, status
from api.web.typed import typed
from api.web.words import SATISFACTION, word
from engine.actor import Actor
from engine.errors import Invalid
from telephony.plan import services as plans

pages = Blueprint("plan", __name__, url_prefix="/plan")
PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as it stands: what was typed, what is wrong with it by place, and what it would change."""

    text: str
    note: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Line, ...] | None = None
    mark: str = ""
    refused: str = ""


@pages.get("")
def show() -> str:
    """The plan in force, and the versions there were."""
    admitted(*services.MAY_READ)
    with product().engine.read() as session:
        current = plans.current_version(session)
        body, versions = services.body_of(session, current), services.versions(session)
    return _shown(body, current, current, versions=versions)


@pages.get("/versions/<version>")
def one(version: str) -> str:
    """A version, with what it has that the one in force has not."""
    admitted(*services.MAY_READ)
    number = number_in(version)
    with product().engine.read() as session:
        current = plans.current_version(session)
        body, in_force = services.body_of(session, number), services.body_of(session, current)
    return _shown(body, number, current, changes=text.compared(in_force, body))


@pages.get("/edit")
def edit() -> str:
    """The text of the plan in force, or of an older version that shall come back."""
    admitted(*rights.PLAN_CALLS)
    wanted = request.args.get("from", "")
    with product().engine.read() as session:
        current = plans.current_version(session)
        body = services.body_of(session, number_in(wanted) if wanted else current)
    return _form(Draft(text.written(body)), current, back=wanted)


@pages.post("/edit")
def check() -> Response | tuple[str, int]:
    """Check what was typed and compare it; publish what was compared and has not changed since."""
    actor, sent = admitted(*rights.PLAN_CALLS), typed()
    draft = Draft(text.plain(sent.get("text", "")), sent.get("note", ""))
    try:
        body = text.read(draft.text)
    except Unreadable as error:
        return _refused(replace(draft, findings={"JSON": str(error)}))
    with product().engine.read() as session:
        current, findings = plans.current_version(session), services.mistakes(session, body)
        in_force = services.body_of(session, current)
    if findings:
        return _refused(replace(draft, findings=findings))
    mark = text.mark(draft.text, current)
    draft = replace(draft, changes=tuple(text.compared(in_force, body)), mark=mark)
    if sent.get("step") != PUBLISH:
        return _form(draft, current), 200
    if sent.get("mark") != mark:
        return _overtaken(draft, Overtaken())
    return _publish(actor, draft, body, current)


def _publish(actor: Actor, draft: Draft, body: Mapping[str, Any], current: int) -> Response | tuple[str, int]:
    engine = product().engine
    try:
        engine.transact(actor, lambda work: services.publish(work.session, actor, body, draft.note, work.now, seen=current))
    except Overtaken as refusal:
        return _overtaken(draft, refusal)
    except Invalid as refusal:
        return _refused(replace(draft, errors=refusal.errors, refused=one_language(refusal.message, language())))
    return see_other(url_for("web.plan.show", done="plan"))


def _overtaken(draft: Draft, refusal: Overtaken) -> tuple[str, int]:
    """The text, or the plan in force, has changed since they were compared: here is the comparison as it is now."""
    with product().engine.read() as session:
        current = plans.current_version(session)
        in_force = services.body_of(session, current)
    changes = tuple(text.compared(in_force, text.read(draft.text)))
    now = replace(draft, changes=changes, mark=text.mark(draft.text, current), refused=said(refusal))
    return _form(now, current), status(refusal)


def _refused(draft: Draft) -> tuple[str, int]:
    with product().engine.read() as session:
        current = plans.current_version(session)
    return _form(draft, current), 422


def _form(draft: Draft, current: int, back: str = "") -> str:
    return render_template(
        "telephony/plan_edit.html", draft=draft, current=current, back=back, publish=PUBLISH, longest=services.LONGEST_NOTE
    )


def _shown(body: Mapping[str, Any], version: int, current: int, **more: Any) -> str:
    may_change = bool(guard.actor().groups & frozenset(rights.PLAN_CALLS))
    return render_template(
        "telephony/plan.html",
        plan=body,
        version=version,
        current=current,
        may_change=may_change,
        tree=plan_tree,
        satisfaction=SATISFACTION,
        word=word,
        **more,
    )
