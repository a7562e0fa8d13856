"""The inbox page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy.orm import Session

from api.auth import guard
from api.preferences.services import Reminders, choose_reminders, reminders
from api.product import product
from api.web.inbox.arrivals import arrival
from api.web.people import offered_to, role_name, unit_names
from api.web.redirects import see_other
from api.web.telephony.subjects import subjects
from engine.actor import Actor
from engine.workitems.models import public_id, unpack_groups
from processes.casefile.masking import masked
from processes.inbox import services
from processes.inbox.services import COUNTED, Counts, Entry, TaskFilter
from processes.lights.services import Lights
from processes.registry.accounts.roles import ROLES

pages = Blueprint("inbox", __name__)
SORTS = {"due": "due", "old": "created"}
MINE, FREE = "mine", "free"
EVENTS = "/api/v1/events"
ANY = public_id(0, 0)
"""Stands for a task while an address is built."""
PASSING = ("done", "lang", "theme")
"""Arguments that are no part of the filter."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter as it stands in the address."""

    view: str
    due: str
    age: str
    group: str
    sort: str
    q: str

    @staticmethod
    def read(arguments: Mapping[str, str]) -> "Wanted":
        """From an address's arguments; what is none of ours counts as not given."""
        given = arguments.get
        sort, view = given("sort", "due"), given("view", "")
        return Wanted(
            view=view if view in (MINE, FREE) else "",
            due=given("due", ""),
            age=given("age", ""),
            group=given("group", ""),
            sort=sort if sort in SORTS else "due",
            q=given("q", ""),
        )

    def as_filter(self) -> TaskFilter:
        """The same for the service."""
        return TaskFilter(
            mine=self.view == MINE,
            free=self.view == FREE,
            group=self.group or None,
            age=self.age or None,
            due=self.due or None,
            sort=SORTS[self.sort],
            q=self.q or None,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One task of the list; `case_no` is empty while it is about a call; `release` and `claim` are the addresses for what the reader may
    do with it, at most one of them."""

    id: str
    address: str
    release: str | None
    claim: str | None
    name: str
    title: str
    case_no: str
    due_at: datetime | None
    lights: Lights | None
    assignee: str | None
    roles: str
    trouble: bool
    urgent: bool


@pages.get("/inbox")
def show() -> str:
    """The whole page, or only the list when htmx asks for it."""
    actor = guard.actor(counts_as_use="X-Live" not in request.headers)
    return listed(actor, "inbox/list.html" if "HX-Request" in request.headers else "inbox/page.html")


@pages.get("/inbox/arrived/<task_id>")
def arrived(task_id: str) -> str | Response:
    """The notice of one task that has just appeared, or nothing; a page asks this by itself."""
    actor = guard.actor(counts_as_use=False)
    with product().engine.read() as session:
        new = arrival(session, actor, task_id)
    return Response(status=204) if new is None else render_template("inbox/arrived.html", task=new)


@pages.post("/inbox/reminders")
def remind() -> Response:
    """Remember how the reader wants to hear of new tasks."""
    actor, sent = guard.actor(), request.form
    chosen = Reminders("popup" in sent, "sound" in sent)
    product().engine.transact(actor, lambda work: choose_reminders(work.session, actor.id, chosen))
    return Response(status=204) if "HX-Request" in request.headers else see_other(url_for("web.inbox.show", done="reminders"))


def listed(actor: Actor, template: str, arguments: Mapping[str, str] | None = None) -> str:
    """The inbox of an actor by the filter in some arguments, else in this request's address."""
    given = request.args if arguments is None else arguments
    wanted = Wanted.read(given)
    with product().engine.read() as session:
        page = services.tasks(session, actor, wanted.as_filter(), given.get("cursor"))
        counts: Counts = services.counts(session, actor)
        rows = _rows(session, actor, page.items)
        chosen = reminders(session, actor.id)
    groups = [(group, role_name(group)) for group in ROLES if group in actor.groups]
    return render_template(
        template,
        filter=wanted,
        tasks=rows,
        next=page.next,
        counts=counts,
        about=_about,
        groups=groups,
        reminders=chosen,
        events=EVENTS,
        address=_address(given),
    )


def _about(count: int) -> str:
    """A count as people read it."""
    return f"{COUNTED:,}+" if count > COUNTED else str(count)


def _address(arguments: Mapping[str, str]) -> str:
    kept = {name: value for name, value in arguments.items() if name not in PASSING and value}
    return f"{url_for('web.inbox.show')}?{urlencode(kept)}" if kept else url_for("web.inbox.show")


def _rows(session: Session, actor: Actor, entries: list[Entry]) -> list[Row]:
    units = unit_names(session)
    address, release, claim = (_addresses(f"web.tasks.{name}") for name in ("show", "release", "claim"))
    calls = subjects(session, (entry.item.business_key for entry in entries if entry.case is None))
    rows = []
    for entry in entries:
        item, task_id = entry.item, entry.item.public_id
        rows.append(
            Row(
                id=task_id,
                address=address(task_id),
                release=release(task_id) if item.assignee == actor.id else None,
                claim=None if item.assignee else claim(task_id),
                name=item.name,
                title=masked(entry.case.title) if entry.case else calls.get(item.business_key, ""),
                case_no="" if item.business_key in calls else item.business_key,
                due_at=entry.due_at,
                lights=entry.lights if entry.lights.age else None,
                assignee=item.assignee,
                roles=offered_to(unpack_groups(item.candidate_groups), units),
                trouble=item.troubled,
                urgent=item.urgent,
            )
        )
    return rows


def _addresses(endpoint: str) -> Callable[[str], str]:
    """The address of each task at an endpoint: built once, since building one costs as much as the rest of its line."""
    before, after = url_for(endpoint, task_id=ANY).split(ANY)
    return lambda task_id: f"{before}{task_id}{after}"
