"""`/calls`: the calls that one may see, with their recordings and, for missed ones, the task to call back."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth import rights
from api.product import product
from api.telephony.calls import services
from api.telephony.calls.http import MAY_LOOK
from api.telephony.recordings import sampling
from api.telephony.recordings import services as recordings
from api.telephony.recordings.http import hearer
from api.telephony.seat.services import queue_names
from api.web.redirects import see_other
from api.web.sealed import seal, unseal
from api.web.telephony import naming
from api.web.telephony.refusals import admitted, said, status, with_exchange
from api.web.words import word
from engine import clock, reasons
from engine.errors import BihuanError
from engine.workitems.models import OPEN, WorkItem
from forms.moments import read_date
from processes.contacts.models import CaseCall
from processes.registry.citizens.masking import mask_phone
from telephony.calls.ids import call_of

pages = Blueprint("calls", __name__, url_prefix="/calls")
CALLER = "caller"
"""The number looked for, sealed: the one part of a filter that must not be read in an address."""
KEPT = ("agent", "day", "case", "queue", "outcome", "state", "sample", "days", "of")
"""The rest of a filter, as it stands in the link to the next page."""


@pages.get("")
def show() -> str:
    """The whole page, or only the list; the filter stands in the address, where our own links have the number sealed."""
    admitted(*MAY_LOOK)
    return _shown(request.args, unseal(request.args.get(CALLER, "")) or request.args.get("number", "").strip())


@pages.post("")
def find() -> Response | str:
    """The same for what was typed, the number too: nothing is changed, it is sent this way so that no address has it.

    Without htmx the answer is the address of the list, so that reloading, going back and another language keep the filter.
    """
    admitted(*MAY_LOOK)
    given, number = request.form, request.form.get("number", "").strip()
    return _shown(given, number) if "HX-Request" in request.headers else see_other(_address(given, number))


def _shown(given: Mapping[str, str], number: str) -> str:
    actor = admitted(*MAY_LOOK)
    checks = recordings.hears_all(actor)
    sampled = given.get("sample", "") if checks else ""
    wanted = services.CallFilter(
        number=number or None,
        agent=given.get("agent", "").strip() or None,
        day=read_date(given.get("day", "")),
        case_no=given.get("case", "").strip().upper() or None,
        queue=given.get("queue") or None,
        outcome=given.get("outcome") or None,
        live={"live": True, "over": False}.get(given.get("state", "")),
        call_id=call_of(sampled) or None,
    )
    with product().engine.read() as session:
        page = services.found(session, actor, wanted, given.get("cursor") or None)
        calls = [call.id for call in page.items]
        sounds: dict[str, list[Any]] = {}
        for each in recordings.audible(session, actor, services.recordings_of(session, calls)):
            sounds.setdefault(each.call_id, []).append(each)
        return render_template(
            "telephony/found.html" if "HX-Request" in request.headers else "telephony/calls.html",
            page=page,
            onward=_address(given, number, page.next) if page.next else None,
            number=mask_phone(number),
            wanted=wanted,
            state=given.get("state", ""),
            sees_all=services.sees_all(actor),
            checks=checks,
            sampled=sampled,
            sampling="days" in given,
            days=_days(given.get("days")),
            choices=sampling.DAYS,
            of=given.get("of", ""),
            queues=queue_names(session),
            recordings=sounds,
            cases=_cases(session, calls),
            tasks=_tasks(session, calls),
            shown=services.as_json,
            naming=naming,
            word=word,
        )


@pages.get("/sample")
def sample() -> Response:
    """抽听 On to a recording that chance picks, of an agent or of all; the address keeps what it was picked from, to pick once more."""
    actor, given = admitted(*rights.HEAR_CALLS), request.args
    days, agent = _days(given.get("days")), given.get("of", "").strip()
    with product().engine.read() as session:
        found = sampling.pick(session, actor, clock.now() - timedelta(days=days), agent)
    outcome = {"done": "no_sample"} if found is None else {"sample": found.name}
    wanted: dict[str, Any] = {"days": days, "of": agent or None, **outcome}
    return see_other(url_for("web.calls.show", **wanted))


@pages.get("/recordings/<name>")
def player(name: str) -> str | tuple[str, int]:
    """The player of a recording, once a reason was given."""
    actor, reason = with_exchange(hearer()), request.args.get("reason", "")
    try:
        row = recordings.check(product().engine, actor, name)
        reasons.tidy(reason)
        recordings.file_of(product().settings.recordings, row)
    except BihuanError as refusal:
        return render_template("telephony/player.html", recording=None, name=name, complaint=said(refusal), reason=reason), status(refusal)
    address = f"{url_for('telephony-recordings.hear', name=name)}?reason={quote(reason)}"
    return render_template("telephony/player.html", recording=row, name=name, address=address, complaint="", reason=reason)


def _address(given: Mapping[str, str], number: str, cursor: str | None = None) -> str:
    """Where a filtered list stands, from its beginning or from a cursor on."""
    kept: dict[str, Any] = {name: given[name] for name in KEPT if given.get(name)}
    kept[CALLER] = seal(number) or None
    return url_for("web.calls.show", cursor=cursor, **kept)


def _days(text: str | None) -> int:
    return next((days for days in sampling.DAYS if str(days) == text), sampling.USUAL)


def _cases(session: Session, calls: Iterable[str]) -> dict[str, str]:
    rows = session.execute(select(CaseCall.call_id, CaseCall.case_no).where(CaseCall.call_id.in_(list(calls))))
    return {row.call_id: row.case_no for row in rows}


def _tasks(session: Session, calls: Iterable[str]) -> dict[str, WorkItem]:
    """The open task of each call: to take it down, to call back, to hear the message."""
    rows = session.scalars(select(WorkItem).where(WorkItem.business_key.in_(list(calls)), WorkItem.state == OPEN))
    return {row.business_key: row for row in rows}
