"""Recordings: found by call or case, and heard by those who may, each time on record."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import and_, false, or_, select
from sqlalchemy.orm import Session

from api.auth.rights import HEAR_CALLS, TAKE_CALLS
from api.telephony.errors import NoRecording, RecordingAway, RecordingLost
from engine import reasons
from engine.actor import Actor
from engine.errors import Forbidden
from processes.casefile.models import Case
from processes.contacts.models import CaseCall
from processes.contacts.services import calls_of
from processes.registry.citizens.models import Citizen
from telephony.calls.models import PhoneCall
from telephony.recordings.archive import LOST, path_of
from telephony.recordings.models import VOICEMAIL, Listening, Recording

MOST = 200
AROUND = timedelta(minutes=10)
"""How far from a case's opening its call may be, when nobody linked the two (T16)."""
_NAME = re.compile(r"c[0-9a-v]{16}\.[A-Za-z0-9-]{1,40}")


def hears_all(actor: Actor) -> bool:
    """Whether the actor may hear everybody's recordings, and not only their own."""
    return bool(actor.groups & frozenset(HEAR_CALLS))


def may_hear(actor: Actor, row: Recording) -> bool:
    """Whether the actor may hear a recording: everybody's, their own, or a message (留言) that waits for whoever takes calls."""
    return hears_all(actor) or row.agent == actor.id or (row.kind == VOICEMAIL and _takes_calls(actor))


def _takes_calls(actor: Actor) -> bool:
    return bool(actor.groups & frozenset(TAKE_CALLS))


def found(session: Session, actor: Actor, *, call_id: str = "", case_no: str = "") -> Sequence[Recording]:
    """The recordings of a call or a case that an actor may hear, newest first; without either, the newest of all."""
    query = select(Recording).order_by(Recording.at.desc(), Recording.name.desc()).limit(MOST)
    if call_id:
        query = query.where(Recording.call_id == call_id)
    if case_no:
        # the second condition is what the index is limited to, which SQLite must be told
        opened = and_(Recording.case_no == case_no, Recording.case_no != "")
        query = query.where(or_(opened, Recording.call_id.in_(calls_of(session, case_no))))
    if not hears_all(actor):
        messages = Recording.kind == VOICEMAIL if _takes_calls(actor) else false()
        query = query.where(or_(Recording.agent == actor.id, messages))
    return session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class CallSounds:
    """A call with its recordings, oldest first; `guessed` when it was found by number and time."""

    call: PhoneCall
    recordings: Sequence[Recording]
    guessed: bool = False


def of_case(session: Session, actor: Actor, case_no: str) -> list[CallSounds]:
    """The calls of a case with what an actor may hear of them, oldest first: those with recordings, and those that still last."""
    # the second condition is what the index is limited to, which SQLite must be told
    made = and_(PhoneCall.case_no == case_no, PhoneCall.case_no != "")
    query = select(PhoneCall).where(or_(made, PhoneCall.id.in_(calls_of(session, case_no))))
    linked = session.scalars(query.order_by(PhoneCall.began_at.desc(), PhoneCall.id).limit(MOST)).all()[::-1]
    calls = linked or _guessed(session, case_no)
    sounds = _heard(session, actor, calls, guessed=not linked)
    return [one for one in sounds if one.recordings or (one.call.ended_at is None and (hears_all(actor) or one.call.agent == actor.id))]


def of_call(session: Session, actor: Actor, call_id: str) -> list[CallSounds]:
    """A call with what an actor may hear of it; nothing for a call without recordings, or none."""
    call = session.get(PhoneCall, call_id)
    return [] if call is None else [one for one in _heard(session, actor, [call]) if one.recordings]


def _heard(session: Session, actor: Actor, calls: Sequence[PhoneCall], *, guessed: bool = False) -> list[CallSounds]:
    kept = select(Recording).where(Recording.call_id.in_([call.id for call in calls])).order_by(Recording.at.desc(), Recording.name.desc())
    mine = [row for row in session.scalars(kept.limit(MOST)) if may_hear(actor, row)][::-1]
    return [CallSounds(call, [row for row in mine if row.call_id == call.id], guessed=guessed) for call in calls]


def _guessed(session: Session, case_no: str) -> Sequence[PhoneCall]:
    """Calls of the citizen's number with whoever opened the case, ten minutes around that; none that belongs to another case."""
    opened = select(Case.opened_at, Case.opened_by, Citizen.phone_index).join(Citizen, Citizen.id == Case.citizen_id)
    case = session.execute(opened.where(Case.case_no == case_no)).one_or_none()
    if case is None:
        return []
    near = (
        PhoneCall.number_index == case.phone_index,
        PhoneCall.began_at <= case.opened_at + AROUND,
        or_(PhoneCall.ended_at.is_(None), PhoneCall.ended_at >= case.opened_at - AROUND),
        PhoneCall.agent == case.opened_by,
    )
    free = (PhoneCall.case_no == "", ~select(CaseCall.call_id).where(CaseCall.call_id == PhoneCall.id).exists())
    return session.scalars(select(PhoneCall).where(*near, *free).order_by(PhoneCall.began_at.desc()).limit(MOST)).all()[::-1]


def check(session: Session, actor: Actor, name: str) -> Recording:
    """A recording that the actor may hear. Raises `NoRecording`, `Forbidden`."""
    row = session.get(Recording, name) if _NAME.fullmatch(name) else None
    if row is None:
        raise NoRecording
    if not may_hear(actor, row):
        raise Forbidden("只能听自己的录音。 You may hear your own recordings only.")
    return row


def listen(session: Session, actor: Actor, name: str, reason: str, now: datetime) -> None:
    """Put on record that somebody listens, and why. Raises `NoRecording`, `Forbidden`, `Invalid` at the reason."""
    check(session, actor, name)
    session.add(Listening(recording=name, by=actor.id, at=now, reason=reasons.tidy(reason)))


def file_of(folder: Path, row: Recording) -> Path:
    """Where a recording lies. Raises `RecordingAway` while it is not there, `RecordingLost` when it never will be."""
    path = path_of(folder, row.name)
    if row.sha256 == LOST:
        raise RecordingLost
    if not path.is_file():
        raise RecordingAway
    return path
