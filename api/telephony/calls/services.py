"""Finding calls, and one call with everything that belongs to it. Numbers are masked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from api.auth.rights import SEE_CALLS
from api.telephony.calls.asking import value_of
from api.telephony.errors import NoCall, NotYourCall
from engine import cursors
from engine.actor import Actor
from engine.cursors import Key, Page
from engine.db import from_micros, to_micros
from engine.errors import Invalid
from forms.moments import YEARS
from processes.contacts.services import calls_of, cases_of
from processes.deadlines.zone import LOCAL
from processes.registry.citizens.masking import mask_phone
from processes.registry.citizens.services import phone_index
from telephony.calls import rings
from telephony.calls.models import PhoneCall, PhoneLeg
from telephony.calls.values import AGENT
from telephony.commands.models import PhoneCommand
from telephony.recordings.models import Recording

MOST = 200
NOT_THESE_YEARS = f"年份须在 {YEARS[0]} 至 {YEARS[-1]} 之间。 The year must be between {YEARS[0]} and {YEARS[-1]}."


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls: of a number however it is written, an agent, a local day, a case; `live` leaves out those that are over."""

    number: str | None = None
    agent: str | None = None
    day: date | None = None
    case_no: str | None = None
    queue: str | None = None
    outcome: str | None = None
    live: bool | None = None
    call_id: str | None = None


def sees_all(actor: Actor) -> bool:
    """Whether the actor sees everybody's calls, and not only their own."""
    return bool(actor.groups & frozenset(SEE_CALLS))


def found(session: Session, actor: Actor, wanted: CallFilter, cursor: str | None = None, limit: int = 50) -> Page[PhoneCall]:
    """The calls that an actor may see and looks for, newest first. Raises `BadCursor`."""
    query = select(PhoneCall).order_by(PhoneCall.began_at.desc(), PhoneCall.id.desc())
    if wanted.number:
        query = query.where(PhoneCall.number_index == phone_index(wanted.number))
    if not sees_all(actor):
        query = query.where(PhoneCall.agent == actor.id)
    if wanted.agent:
        query = query.where(PhoneCall.agent == wanted.agent)
    if wanted.day:
        begin, end = day_of(wanted.day)
        query = query.where(PhoneCall.began_at >= begin, PhoneCall.began_at < end)
    if wanted.case_no:
        query = query.where(PhoneCall.id.in_(_of_case(session, wanted.case_no)))
    if wanted.queue:
        query = query.where(PhoneCall.queue == wanted.queue)
    if wanted.outcome:
        query = query.where(PhoneCall.outcome == wanted.outcome)
    if wanted.call_id:
        query = query.where(PhoneCall.id == wanted.call_id)
    if wanted.live:
        # they are few; without their ids the database goes through all of the past for them
        query = query.where(PhoneCall.id.in_(session.scalars(select(PhoneCall.id).where(PhoneCall.ended_at.is_(None))).all()))
    elif wanted.live is not None:
        query = query.where(PhoneCall.ended_at.is_not(None))

    def batch(after: Key | None, count: int) -> list[PhoneCall]:
        return list(session.scalars((query if after is None else query.where(_before(after))).limit(count)))

    after = cursors.decode(cursor, cursors.MOMENT, str) if cursor else None
    return cursors.collect(batch, lambda _call: True, lambda call: (to_micros(call.began_at), call.id), after, max(1, min(limit, MOST)))


def day_of(day: date) -> tuple[datetime, datetime]:
    """When a local day begins and ends. Raises `Invalid` for one of another age."""
    if day.year not in YEARS:
        raise Invalid(errors={"day": NOT_THESE_YEARS})
    begin = datetime.combine(day, time.min, LOCAL)
    return begin, begin + timedelta(days=1)


def one(session: Session, actor: Actor, call_id: str) -> dict[str, Any]:
    """A call with its legs, recordings, cases and what was asked of it. Raises `NoCall`, `NotYourCall`."""
    call = session.get(PhoneCall, call_id)
    if call is None:
        raise NoCall
    if not sees_all(actor) and call.agent != actor.id:
        raise NotYourCall
    asked = session.scalars(select(PhoneCommand).where(PhoneCommand.call_id == call_id).order_by(PhoneCommand.id)).all()
    cases = [*dict.fromkeys([*([call.case_no] if call.case_no else []), *cases_of(session, call_id)])]
    return {
        **as_json(call, next(iter(cases), "")),
        "legs": _legs(session, call),
        "recordings": [recording_json(each) for each in recordings_of(session, [call_id])],
        "cases": cases,
        "commands": [command_json(each) for each in asked],
    }


def recordings_of(session: Session, calls: Iterable[str]) -> Sequence[Recording]:
    """The recordings of some calls, oldest first."""
    return session.scalars(select(Recording).where(Recording.call_id.in_(list(calls))).order_by(Recording.at, Recording.name)).all()


def as_json(call: PhoneCall, linked: str = "") -> dict[str, Any]:
    """A call of a list; `linked` is the first case that it was linked with, shown when it was made for none."""
    return {
        "id": call.id,
        "kind": call.kind,
        "state": call.state,
        "number": mask_phone(call.number),
        "service": call.service,
        "queue": call.queue,
        "agent": call.agent,
        "case_no": call.case_no or linked,
        "began_at": call.began_at,
        "queued_at": call.queued_at,
        "answered_at": call.answered_at,
        "talking_at": call.talking_at,
        "ended_at": call.ended_at,
        "outcome": call.outcome,
        "talked_ms": call.talked_ms,
    }


def recording_json(recording: Recording) -> dict[str, Any]:
    """A recording of a list."""
    names = ("name", "call_id", "kind", "agent", "case_no", "seconds", "at", "bytes", "sha256")
    return {name: getattr(recording, name) for name in names}


def command_json(row: PhoneCommand) -> dict[str, Any]:
    """What was asked, and what became of it; not whom it named."""
    return {
        "command": str(row.id),
        "kind": row.kind,
        "call_id": row.call_id,
        "by": row.by,
        "state": row.state,
        "answer": row.answer,
        "asked_at": row.asked_at,
        "done_at": row.done_at,
    }


def _of_case(session: Session, case_no: str) -> list[str]:
    # the second condition is what the index is limited to, which SQLite must be told
    own = session.scalars(select(PhoneCall.id).where(PhoneCall.case_no == case_no, PhoneCall.case_no != "")).all()
    return [*own, *calls_of(session, case_no)]


def _legs(session: Session, call: PhoneCall) -> list[dict[str, Any]]:
    return [{**leg, **_ring(leg)} for leg in _bare_legs(session, call)]


def _ring(leg: Mapping[str, Any]) -> dict[str, Any]:
    """On which ring an agent answered a call that was offered; nothing of any other leg."""
    if leg["role"] != AGENT or leg["up_at"] is None:
        return {"ring": None, "ring_kept": None}
    ring = rings.ring_number((leg["up_at"] - leg["created_at"]).total_seconds())
    return {"ring": ring, "ring_kept": rings.kept(ring)}


def _bare_legs(session: Session, call: PhoneCall) -> list[dict[str, Any]]:
    value = value_of(call)
    if value is not None:
        return [
            {
                "id": leg.id,
                "role": leg.role,
                "agent": leg.who,
                "number": mask_phone(leg.number),
                "state": leg.state,
                "created_at": from_micros(leg.created),
                "up_at": None if leg.up is None else from_micros(leg.up),
                "ended_at": None if leg.ended is None else from_micros(leg.ended),
                "cause": leg.cause,
                "talked_ms": leg.talked // 1000,
            }
            for leg in value.legs.values()
        ]
    rows = session.scalars(select(PhoneLeg).where(PhoneLeg.call_id == call.id).order_by(PhoneLeg.created_at, PhoneLeg.id))
    names = ("id", "role", "agent", "created_at", "up_at", "ended_at", "cause", "talked_ms")
    return [{**{name: getattr(leg, name) for name in names}, "number": mask_phone(leg.number), "state": "ended"} for leg in rows]


def _before(after: Key) -> Any:
    micros, call_id = after
    began_at = from_micros(int(micros))
    return or_(PhoneCall.began_at < began_at, and_(PhoneCall.began_at == began_at, PhoneCall.id < call_id))
