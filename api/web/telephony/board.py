"""`/board`: queues and agents, the alarms among them, and what a supervisor can do about a call; a day by the hour."""

from collections.abc import Callable

from flask import Blueprint, Response, render_template, request, url_for

from api.auth import guard, rights
from api.product import product
from api.telephony.board import hours
from api.telephony.board.services import board
from api.telephony.calls import asking
from api.telephony.seat.services import lock as lock_seat
from api.telephony.seat.services import queue_names
from api.web.redirects import see_other
from api.web.telephony import naming
from api.web.telephony.refusals import admitted, said, status
from api.web.words import word
from engine import clock
from engine.actor import Actor
from engine.errors import BihuanError, NotFound
from engine.runtime.work import Work
from forms.moments import read_date
from processes.deadlines.zone import local_day

pages = Blueprint("board", __name__, url_prefix="/board")
DEEDS = ("supervise", "take-over", "force-out")


@pages.get("")
def show() -> str:
    """The whole page, or what moves on it; the page asks for that every three seconds."""
    live = "HX-Request" in request.headers
    guard.actor(counts_as_use=not live)
    actor = admitted(*rights.SUPERVISE_CALLS)
    return _board(actor, "telephony/board_now.html" if live else "telephony/board.html")


@pages.get("/day")
def day() -> str:
    """A day of the queues by the hour, as bars and numbers; the filter stands in the address."""
    admitted(*rights.SEE_CALLS)
    given, today = request.args, local_day(clock.now())
    when, queue = read_date(given.get("day", "")) or today, given.get("queue", "")
    with product().engine.read() as session:
        found = hours.day(session, when, queue)
        queues = queue_names(session)
    template = "telephony/hours.html" if "HX-Request" in request.headers else "telephony/day.html"
    return render_template(template, found=found, day=when, today=today, queue=queue, queues=queues)


@pages.post("/calls/<call_id>/<kind>")
def act(call_id: str, kind: str) -> Response | tuple[str, int] | str:
    """Listen, whisper, barge in, take over, force out."""
    actor = admitted(*rights.SUPERVISE_CALLS)
    if kind not in DEEDS:
        raise NotFound
    given = {"mode": request.form.get("mode", "")}
    return _done(actor, lambda work: asking.ask(work.session, actor, call_id, kind, given, work.now))


@pages.post("/seats/<agent>/<kind>")
def lock(agent: str, kind: str) -> Response | tuple[str, int] | str:
    """Lock a seat, or unlock it."""
    actor = admitted(*rights.SUPERVISE_CALLS)
    if kind not in ("lock", "unlock"):
        raise NotFound
    return _done(actor, lambda work: lock_seat(work.session, actor, agent, work.now, on=kind == "lock"))


def _done(actor: Actor, change: Callable[[Work], object]) -> Response | tuple[str, int] | str:
    htmx = "HX-Request" in request.headers
    template = "telephony/board_after.html" if htmx else "telephony/board.html"
    try:
        product().engine.transact(actor, change)
    except BihuanError as refusal:
        return _board(actor, template, complaint=said(refusal)), status(refusal)
    return _board(actor, template, done=True) if htmx else see_other(url_for("web.board.show"))


def _board(actor: Actor, template: str, *, complaint: str = "", done: bool = False) -> str:
    now = clock.now()
    with product().engine.read() as session:
        found = board(session, now)
    return render_template(
        template, board=found, now=now, complaint=complaint, done=done, seated=actor.id in found.seated, naming=naming, word=word
    )
