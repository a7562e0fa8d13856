"""The case's sheet, the search, the citizen in the clear, and side actions."""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.auth import guard
from api.errors import status_of
from api.files.models import Attachment
from api.ids import FEW
from api.product import product
from api.web import words
from api.web.cases.actions import forms_for
from api.web.cases.gathered import gathered
from api.web.cases.messages import messages_of
from api.web.cases.sheet import whole
from api.web.cases.sounds import sounds_of
from api.web.i18n import language, one_language
from api.web.incidents.sentences import sentences
from api.web.people import joined, of_centre, unit_names
from api.web.redirects import see_other
from api.web.typed import typed
from engine import clock
from engine.actor import Actor
from engine.errors import BihuanError, Conflict, Invalid
from engine.instances.models import Instance
from engine.workitems.models import WorkItem
from processes.actions import services as actions
from processes.casefile import links
from processes.casefile.guards import case_of
from processes.casefile.masking import masked
from processes.cases import access, consent, corrections, customers, unmasking
from processes.cases import search as cases
from processes.registry.citizens.classes import may_give

pages = Blueprint("cases", __name__, url_prefix="/cases")


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked for and not possible, with what had been typed."""

    action: str
    message: str
    errors: dict[str, str] = field(default_factory=dict)
    body: dict[str, str] = field(default_factory=dict)


@pages.get("")
def search() -> str:
    """Find cases by number, phone, title, state, unit and lamps; the filter stands in the address."""
    actor, given = guard.actor(), request.args
    wanted = cases.CaseFilter(**{name: given.get(name) or None for name in ("category", "status", "unit", "q", "age", "due")})
    with product().engine.read() as session:
        page = cases.search(session, actor, wanted, given.get("cursor") or None)
        units = unit_names(session)
        items = [
            {
                "case": one.case,
                "title": masked(one.case.title),
                "category": words.word(words.CATEGORIES, one.case.category),
                "citizen": one.citizen,
                "units": joined(units.get(unit, unit) for unit in one.units),
                "lights": one.lights,
            }
            for one in page.items
        ]
    partial = "HX-Request" in request.headers
    return render_template(
        "cases/found.html" if partial else "cases/search.html",
        wanted=wanted,
        page={"rows": items, "next": page.next},
        categories=list(words.CATEGORIES.items()),
        units=sorted(units.items()) if of_centre(actor) else [],
    )


@pages.get("/<case_no>")
def sheet(case_no: str) -> str:
    """The case page."""
    return _sheet(guard.actor(), case_no)


@pages.get("/<case_no>/live")
def live(case_no: str) -> str | Response:
    """What moves on the case page, or nothing when nothing has moved since; a page asks this by itself."""
    actor, engine = guard.actor(counts_as_use=False), product().engine
    access.check(engine, actor, case_no)
    seen = _moved(case_no)
    if request.args.get("seen") == seen:
        return Response(status=204)
    with engine.read() as session:
        shown = whole(session, engine, actor, case_no)
        trouble = sentences(session, case_no)
    return render_template("cases/live.html", seen=seen, trouble=trouble, **shown)


@pages.post("/<case_no>/unmask")
def unmask(case_no: str) -> tuple[str, int]:
    """Show the citizen's name and number; who looked and why is put on record with it."""
    actor, engine = guard.actor(), product().engine
    access.check(engine, actor, case_no)
    reason = typed().get("reason", "")
    try:
        person = engine.transact(actor, lambda work: unmasking.unmask(work, case_no, reason))
    except Invalid as refusal:
        complaint = one_language(refusal.errors.get("reason", refusal.message), language())
        return _sheet(actor, case_no, unmask_error=complaint, unmask_reason=reason), 422
    return _sheet(actor, case_no, person=person), 200


@pages.post("/<case_no>/actions/<action>")
def act(case_no: str, action: str) -> Response | tuple[str, int]:
    """Ask for a side action; what is refused comes back in its own small form."""
    actor, engine = guard.actor(), product().engine
    access.check(engine, actor, case_no)
    sent = typed()
    body: dict[str, Any] = {**sent, "days": _whole(sent.get("days"))} if "days" in sent else dict(sent)
    try:
        engine.transact(actor, lambda work: actions.perform(work, case_no, action, body))
    except BihuanError as refusal:
        refused = Refused(action, one_language(refusal.message, language()), dict(refusal.errors), sent)
        return _sheet(actor, case_no, refused=refused), 422
    done = links.MERGE if action == "link" and sent.get("kind") == links.MERGE else action
    return see_other(url_for("web.cases.sheet", case_no=case_no, done=done))


@pages.post("/<case_no>/correct")
def correct(case_no: str) -> Response | tuple[str, int]:
    """Put texts of the record right; what is refused comes back with what had been typed."""
    actor, engine = guard.actor(), product().engine
    access.check(engine, actor, case_no)
    sent = typed()
    changes = {name: value for name, value in sent.items() if name in corrections.CORRECTABLE}
    try:
        engine.transact(actor, lambda work: corrections.correct(work, case_no, changes, sent.get("reason", ""), sent.get("looked")))
    except (Invalid, Conflict) as refusal:
        message = refusal.errors.get("changes", refusal.message)
        refused = Refused("correct", one_language(message, language()), dict(refusal.errors), sent)
        return _sheet(actor, case_no, correction=refused), status_of(refusal)
    return see_other(url_for("web.cases.sheet", case_no=case_no, done="correct"))


@pages.post("/<case_no>/messages")
def messages(case_no: str) -> Response | tuple[str, int]:
    """Take down that the citizen wants no text messages, or wants them again."""
    actor, engine = guard.actor(), product().engine
    access.check(engine, actor, case_no)
    sent = typed()
    wanted, reason = sent.get("wanted") == "yes", sent.get("reason", "")
    try:
        engine.transact(actor, lambda work: consent.record(work, case_no, wanted=wanted, reason=reason))
    except Invalid as refusal:
        complaint = one_language(refusal.errors.get("reason", refusal.message), language())
        return _sheet(actor, case_no, wish=complaint, wish_reason=reason), 422
    return see_other(url_for("web.cases.sheet", case_no=case_no, done="messages" if wanted else "no_messages"))


@pages.post("/<case_no>/classes")
def set_classes(case_no: str) -> Response:
    """Say of which classes the citizen is."""
    actor, engine = guard.actor(), product().engine
    access.check(engine, actor, case_no)
    wanted = set(request.form.getlist("classes"))
    engine.transact(actor, lambda work: customers.set_classes(work, case_no, wanted))
    return see_other(url_for("web.cases.sheet", case_no=case_no, done="classes"))


def _sheet(actor: Actor, case_no: str, **more: Any) -> str:
    engine, centre = product().engine, of_centre(actor)
    access.check(engine, actor, case_no)
    seen = _moved(case_no)
    with engine.read() as session:
        shown = whole(session, engine, actor, case_no)
        trouble = sentences(session, case_no)
        sent = messages_of(session, case_no)
        sounds = sounds_of(session, actor, case_no)
        given = customers.classes_of(session, case_no) if centre else []
        opted_out, correctable = _record(session, actor, case_no)
        attached = session.scalars(select(Attachment).where(Attachment.case_no == case_no).order_by(Attachment.uploaded_at)).all()
    return render_template(
        "cases/sheet.html",
        seen=seen,
        trouble=trouble,
        now=clock.now(),
        messages=sent if centre else [],
        attached=attached,
        sounds=sounds,
        gathered=gathered(shown["sheet"]),
        actions=forms_for(actor, shown["sheet"]),
        record=list(words.RECORD.items()),
        correctable=correctable,
        looked=corrections.looked_at(shown["sheet"]),
        opted_out=opted_out,
        classes={row.name: row for row in given},
        customer_words=words.CUSTOMERS,
        class_form=may_give(actor) and not shown["sheet"]["anonymous"],
        wish_form=consent.may_record(actor) and not shown["sheet"]["anonymous"],
        mailbox=centre and not product().settings.production,
        **shown,
        **more,
    )


def _record(session: Session, actor: Actor, case_no: str) -> tuple[consent.Wish | None, bool]:
    """Whether the citizen of a case wants no messages, and whether the actor may correct the record now."""
    case = case_of(session, case_no)
    editable = corrections.may_correct(actor) and not corrections.is_locked(session, case.closed_at, clock.now())
    return consent.opted_out(session, case.citizen_id), editable


def _moved(case_no: str) -> str:
    """A mark that changes whenever an instance of the case or one of its tasks does, and each minute for the times shown."""
    with product().engine.read() as session:
        moves = session.execute(select(func.count(), func.sum(Instance.last_seq)).where(Instance.business_key == case_no)).one()
        holders = session.scalars(select(WorkItem.assignee).where(WorkItem.business_key == case_no, WorkItem.state == "open")).all()
    return f"{moves[0]}.{moves[1] or 0}.{sum(1 for one in holders if one)}.{int(clock.now().timestamp() // 60)}"


def _whole(text: str | None) -> int | str | None:
    """A short whole number as such; anything else as it was typed, for the check to refuse."""
    return int(text) if text and len(text) <= FEW and text.isascii() and text.isdigit() else text
