"""The task page and what can be done with a task."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session

from api.auth import guard
from api.drafts import services as drafts
from api.files import services as files
from api.product import product
from api.tasks import services
from api.web.cases.sheet import brief
from api.web.cases.sounds import sounds_of_call
from api.web.i18n import language, one_language
from api.web.inbox.http import listed
from api.web.people import offered_to, unit_names
from api.web.redirects import own_page, see_other
from api.web.telephony.subjects import subjects
from engine.actor import Actor
from engine.errors import Invalid
from engine.runtime.work import Work
from forms import posted, render, validate
from forms.schema import read
from processes.inbox.services import TaskFilter, tasks
from processes.registry.accounts.services import members

pages = Blueprint("tasks", __name__, url_prefix="/tasks")
NOTHING: Mapping[str, str] = {}


@pages.get("/<task_id>")
def show(task_id: str) -> str:
    """The form beside the facts of the case."""
    actor = guard.actor()
    task = services.look(product().engine, actor, task_id)
    return _page(actor, task, task["data"], NOTHING, restored=task["draft_saved_at"])


@pages.post("/<task_id>/draft")
def keep_draft(task_id: str) -> str:
    """Keep what has been typed so far; answers the words that say so. A page sends this by itself."""
    actor, engine = guard.actor(), product().engine
    form = services.look(engine, actor, task_id)["form"]
    saved_at = engine.transact(actor, lambda work: drafts.keep(work, services.parse(task_id), form, _answers(form)))
    return render_template("tasks/draft.html", saved_at=saved_at)


@pages.post("/<task_id>/draft/discard")
def discard_draft(task_id: str) -> Response:
    """Forget the draft and begin anew."""
    actor, task = guard.actor(), services.parse(task_id)
    product().engine.transact(actor, lambda work: drafts.discard(work.session, task, actor.id))
    return see_other(url_for("web.tasks.show", task_id=task_id, done="draft_discarded"))


@pages.post("/<task_id>")
def complete(task_id: str) -> Response | tuple[str, int]:
    """Send the form in; wrong fields come back with what is wrong, and the task stays as it was."""
    actor, at_hand = guard.actor(), product()
    task = services.look(at_hand.engine, actor, task_id)
    answers = _answers(task["form"])
    try:
        answers |= _uploads(actor, task["form"], answers)
        at_hand.engine.transact(actor, lambda work: services.complete(work, task_id, answers))
    except Invalid as refusal:
        return _page(actor, task, answers, refusal.errors, refusal.message), 422
    return see_other(_onward(actor, task["case_no"]))


@pages.post("/<task_id>/claim")
def claim(task_id: str) -> Response | str:
    """Take the task for oneself."""
    actor, pair = guard.actor(), services.parse(task_id)
    product().engine.transact(actor, lambda work: work.claim(*pair))
    return _done(actor, task_id, "claimed", stays=True)


@pages.post("/<task_id>/release")
def release(task_id: str) -> Response | str:
    """Put the task back for its groups."""
    actor, pair = guard.actor(), services.parse(task_id)
    product().engine.transact(actor, lambda work: work.release(*pair))
    return _done(actor, task_id, "released", stays=False)


@pages.post("/<task_id>/delegate")
def delegate(task_id: str) -> Response | str | tuple[str, int]:
    """Hand the task to a colleague."""
    actor, to = guard.actor(), request.form.get("to", "").strip()
    try:
        product().engine.transact(actor, lambda work: services.delegate(work, task_id, to))
    except Invalid as refusal:
        task = services.look(product().engine, actor, task_id)
        return _page(actor, task, task["data"], NOTHING, refusal.errors.get("to", refusal.message)), 422
    return _done(actor, task_id, "delegated", stays=False)


def _page(
    actor: Actor,
    task: dict[str, Any],
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    refused: str | None = None,
    *,
    restored: datetime | None = None,
) -> str:
    engine = product().engine
    with engine.read() as session:
        case = brief(session, engine, actor, task["case_no"])
        colleagues = [one for one in members(session, task["candidate_groups"]) if one.username != actor.id]
        call = subjects(session, [task["case_no"]]).get(task["case_no"], "") if case["sheet"] is None else ""
        sounds = sounds_of_call(session, actor, task["case_no"]) if call else []
        offered = offered_to(task["candidate_groups"], unit_names(session))
    mine = task["assignee"] == actor.id
    may_act = actor.may_act_for(frozenset(task["candidate_groups"]))
    hidden = validate.hidden(read(task["form"]), dict(values), lambda _expression, _names: False)
    return render_template(
        "tasks/page.html",
        task=task,
        offered=offered,
        form=render.view(task["form"], values, errors, language=language(), hidden=hidden),
        restored=restored,
        refused=None if refused is None or errors else one_language(refused, language()),
        mine=mine,
        editable=mine or (actor.override and task["assignee"] is not None),
        claimable=task["assignee"] is None and may_act,
        may_delegate=mine or may_act,
        colleagues=colleagues,
        call=call,
        sounds=sounds,
        **case,
    )


def _answers(form: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, without the token that every form carries."""
    found = posted.answers(form, request.form)
    found.pop(guard.CSRF_FIELD, None)
    return found


def _uploads(actor: Actor, form: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, list[str]]:
    """Keep the uploaded files; answers the ids of each file field, those kept before first. Raises `Invalid` at the field."""
    found = {}
    for key in (component.key for component in read(form).components if component.type == "file"):
        sent = [(part.filename, part.read()) for part in request.files.getlist(key) if part.filename]
        if sent:
            found[key] = [*(answers.get(key) or []), *_keep(actor, key, sent)]
    return found


def _keep(actor: Actor, key: str, sent: list[tuple[str, bytes]]) -> list[str]:
    at_hand = product()

    def command(work: Work) -> list[str]:
        limit = at_hand.settings.file_limit_mb
        return [files.keep(work.session, name, content, limit, actor, work.now).id for name, content in sent]

    try:
        return at_hand.engine.transact(actor, command)
    except Invalid as refusal:
        raise Invalid(errors={key: refusal.errors.get("file", refusal.message)}) from refusal


def _onward(actor: Actor, case_no: str) -> str:
    """After a task: the next one of the same case that the person may do, else the inbox."""
    with product().engine.read() as session:
        following = _next_task(session, actor, case_no)
    if following is None:
        return url_for("web.inbox.show", done="completed")
    return url_for("web.tasks.show", task_id=following, done="completed")


def _next_task(session: Session, actor: Actor, case_no: str) -> str | None:
    open_tasks = tasks(session, actor, TaskFilter(case_no=case_no)).items
    return next((entry.item.public_id for entry in open_tasks if entry.item.assignee in (None, actor.id)), None)


def _done(actor: Actor, task_id: str, notice: str, *, stays: bool) -> Response | str:
    """The list again for htmx, else the next page."""
    back = own_page(request.form.get("back")) or ""
    if "HX-Request" in request.headers:
        return listed(actor, "inbox/list.html", dict(parse_qsl(urlsplit(back).query)))
    if back.startswith("/inbox"):
        return see_other(back)
    address = url_for("web.tasks.show", task_id=task_id, done=notice) if stays else url_for("web.inbox.show", done=notice)
    return see_other(address)
