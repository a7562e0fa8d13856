"""`/campaigns`: outbound lists, how far each is, and making, pausing and ending them (T17)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, render_template, request, url_for

from api.auth import rights
from api.idempotency.services import Call, once
from api.ids import number_in
from api.json import dumps
from api.product import product
from api.telephony.seat.services import queue_names
from api.web.i18n import N_, language, one_language, translate
from api.web.redirects import see_other
from api.web.telephony import campaign_form, naming
from api.web.telephony.refusals import admitted, said, status
from api.web.typed import typed
from api.web.words import SATISFACTION, word
from engine import clock, cursors
from engine.actor import Actor
from engine.errors import BihuanError, Invalid, NotFound
from engine.runtime.work import Work
from processes.registry.citizens.masking import mask_phone
from telephony.campaigns import services
from telephony.campaigns.models import Campaign, Target
from telephony.plan import services as plans

pages = Blueprint("campaigns", __name__, url_prefix="/campaigns")
STATES = {"running": N_("进行中"), "paused": N_("已暂停"), "over": N_("已结束")}
STYLES = {"running": "open", "paused": "wait", "over": ""}
NUMBERS = {"waiting": N_("等待"), "calling": N_("正在呼叫"), "done": N_("已接听"), "failed": N_("未接通"), "skipped": N_("不打扰")}
NUMBER_STYLES = {"waiting": "", "calling": "open", "done": "done", "failed": "late", "skipped": "wait"}
RESULTS = {
    **naming.OUTCOMES,
    "do-not-call": N_("退订或已拉黑"),
    "window-over": N_("时段已过"),
    "ended": N_("任务被结束"),
    "busy": N_("占线"),
    "no-answer": N_("无人接听"),
    "refused": N_("拒接"),
    "unreachable": N_("无法接通"),
    "no-key": N_("无按键"),
    "hung-up": N_("中途挂断"),
}
SURVEY, TO_SEATS = N_("语音问卷"), N_("转座席：{queue}")
DEEDS = ("pause", "run", "end")
NONCE = "once"
PAGE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it stands: what was typed, and what is wrong with it."""

    typed: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)


@pages.get("")
def show() -> str:
    """The lists, and the form that makes one."""
    admitted(*rights.SUPERVISE_CALLS)
    return _page(Asked(campaign_form.first(clock.now())))


@pages.post("")
def make() -> Response | tuple[str, int]:
    """Make a list; sent twice, it is made once."""
    actor, sent = admitted(*rights.SUPERVISE_CALLS), typed()
    call = Call(sent.pop(NONCE, ""), actor.id, "POST /campaigns", dumps(sent))
    try:
        product().engine.transact(actor, lambda work: once(work.session, call, lambda: _make(work, actor, sent)))
    except Invalid as refusal:
        return _page(Asked(sent, refusal.errors)), 422
    return see_other(url_for("web.campaigns.show", done="campaign"))


@pages.get("/<campaign>")
def one(campaign: str) -> str:
    """What came of each number."""
    admitted(*rights.SUPERVISE_CALLS)
    return _one(number_in(campaign))


@pages.post("/<campaign>/<deed>")
def act(campaign: str, deed: str) -> Response | tuple[str, int]:
    """Pause a list, let it run on, end it."""
    actor, row_id = admitted(*rights.SUPERVISE_CALLS), number_in(campaign)
    if deed not in DEEDS:
        raise NotFound
    try:
        product().engine.transact(actor, lambda work: _act(work, actor, row_id, deed))
    except BihuanError as refusal:
        if isinstance(refusal, NotFound):
            raise
        return _one(row_id, said(refusal)), status(refusal)
    return see_other(url_for("web.campaigns.one", campaign=row_id, done=f"campaign_{deed}"))


def _make(work: Work, actor: Actor, sent: Mapping[str, str]) -> str:
    plan = plans.current(work.session)
    new, errors = campaign_form.read(sent, plan)
    if errors:
        raise Invalid(errors=errors)
    return str(services.create(work.session, actor, new, plan, work.now).id)


def _act(work: Work, actor: Actor, row_id: int, deed: str) -> None:
    if deed == "end":
        services.end(work.session, actor, row_id)
    else:
        services.switch(work.session, actor, row_id, on=deed == "run")


def _page(asked: Asked) -> str:
    with product().engine.read() as session:
        rows = services.newest(session)
        progress = services.progress(session, [row.id for row in rows])
        queues = queue_names(session)
    errors = {name: one_language(message, language()) for name, message in asked.errors.items()}
    return render_template(
        "telephony/campaigns.html",
        rows=rows,
        progress=progress,
        queues=queues,
        kinds=[("", translate(SURVEY, language())), *((key, translate(TO_SEATS, language(), queue=name)) for key, name in queues.items())],
        typed=asked.typed,
        errors=errors,
        states=STATES,
        styles=STYLES,
        most=services.MOST,
        nonce=secrets.token_urlsafe(12),
    )


def _one(row_id: int, complaint: str = "") -> str:
    after = cursors.row_in(request.args.get("cursor"))
    with product().engine.read() as session:
        found = services.targets(session, row_id, after, PAGE + 1)
        row, queues = session.get_one(Campaign, row_id), queue_names(session)
        progress = services.progress(session, [row_id])[row_id]
    return render_template(
        "telephony/campaign.html",
        row=row,
        queues=queues,
        progress=progress,
        targets=[(target, mask_phone(target.number), _result(target)) for target in found[:PAGE]],
        next=cursors.encode((found[PAGE - 1].id,)) if len(found) > PAGE else None,
        complaint=complaint,
        states=STATES,
        styles=STYLES,
        numbers=NUMBERS,
        number_styles=NUMBER_STYLES,
        word=word,
    )


def _result(target: Target) -> list[str]:
    """What came of a number, as messages to translate: the survey's answers, else the outcome."""
    if target.result.startswith("{"):
        return [word(SATISFACTION, answer) for answer in campaign_form.answers(target.result)]
    return [word(RESULTS, target.result)] if target.result else []
