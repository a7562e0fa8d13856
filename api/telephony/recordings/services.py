"""Recordings: found by call or case, and heard by those who may, each time on record.

Who may: quality and leaders everybody's; whoever takes calls their own, and a message (留言) that waits; a unit what a citizen said when
calling in about a case with a work order of its own, unless a case of that call is confidential (C20).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import and_, false, or_, select, union
from sqlalchemy.orm import Session

from api.auth.rights import HEAR_CALLS, TAKE_CALLS
from api.telephony.errors import NoRecording, NotYourRecording, RecordingAway, RecordingLost
from engine.actor import Actor
from engine.runtime.engine import Engine
from processes.casefile.models import Case
from processes.cases import access
from processes.contacts.models import CaseCall
from processes.contacts.services import calls_of
from processes.registry.audit import services as audit
from processes.registry.citizens.models import Citizen
from telephony.calls.models import PhoneCall
from telephony.calls.values import INBOUND
from telephony.recordings.archive import LOST, path_of
from telephony.recordings.models import VOICEMAIL, Listening, Recording

MOST = 200
AROUND = timedelta(minutes=10)
"""How far from a case's opening its call may be, when nobody linked the two (T16)."""
ONE_TIME = timedelta(minutes=30)
"""How long a player may take over one time of listening."""
MAY_HEAR: Final = tuple(dict.fromkeys((*TAKE_CALLS, *HEAR_CALLS)))
"""The centre's groups that there may be recordings for."""
_NAME = re.compile(r"c[0-9a-v]{16}\.[A-Za-z0-9-]{1,40}")


def hears_all(actor: Actor) -> bool:
    """Whether the actor may hear everybody's recordings, and not only their own."""
    return bool(actor.groups & frozenset(HEAR_CALLS))


def hears(actor: Actor) -> bool:
    """Whether there may be recordings that the actor may hear."""
    return bool(actor.groups & frozenset(MAY_HEAR)) or _is_unit(actor)


def audible(session: Session, actor: Actor, rows: Sequence[Recording]) -> Sequence[Recording]:
    """Those of some recordings that the actor may hear."""
    if hears_all(actor):
        return rows
    if _is_unit(actor):
        lent = _lent(session, actor, {row.call_id for row in rows})
        return [row for row in rows if row.call_id in lent]
    return [row for row in rows if row.agent == actor.id or (row.kind == VOICEMAIL and _takes_calls(actor))]


def _takes_calls(actor: Actor) -> bool:
    return bool(actor.groups & frozenset(TAKE_CALLS))


def _is_unit(actor: Actor) -> bool:
    return not access.is_centre(actor) and bool(access.units_of(actor.groups))


def _lent(session: Session, actor: Actor, calls: Collection[str]) -> set[str]:
    """The calls that a unit may hear: a citizen's own, of a case with its work order, and of none that is confidential."""
    own = access.scope(actor)
    assert own is not None
    made = select(PhoneCall.id.label("call_id"), PhoneCall.case_no).where(PhoneCall.id.in_(calls))
    links = union(made, select(CaseCall.call_id, CaseCall.case_no).where(CaseCall.call_id.in_(calls))).subquery()
    query = select(links.c.call_id, Case.confidential, own.label("own")).join(Case, Case.case_no == links.c.case_no)
    cases = session.execute(query.join(PhoneCall, PhoneCall.id == links.c.call_id).where(PhoneCall.kind == INBOUND)).all()
    return {case.call_id for case in cases if case.own} - {case.call_id for case in cases if case.confidential}


def found(session: Session, actor: Actor, *, call_id: str = "", case_no: str = "") -> Sequence[Recording]:
    """The recordings of a call or a case that an actor may hear, newest first; without either, the newest of all."""
    query = select(Recording).order_by(Recording.at.desc(), Recording.name.desc()).limit(MOST)
    if call_id:
        query = query.where(Recording.call_id == call_id)
    if case_no:
        # the second condition is what the index is limited to, which SQLite must be told
        opened = and_(Recording.case_no == case_no, Recording.case_no != "")
        query = query.where(or_(opened, Recording.call_id.in_(calls_of(session, case_no))))
    if _is_unit(actor):
        return audible(session, actor, session.scalars(query).all()) if call_id or case_no else []
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
    mine = audible(session, actor, session.scalars(kept.limit(MOST)).all())[::-1]
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


def check(engine: Engine, actor: Actor, name: str) -> Recording:
    """A recording that the actor may hear. Raises `NoRecording`, and `NotYourRecording` after the attempt is put on record for good."""
    with engine.read() as session:
        row = session.get(Recording, name) if _NAME.fullmatch(name) else None
        if row is None:
            raise NoRecording
        allowed = bool(audible(session, actor, [row]))
    if not allowed:
        facts = {"groups": sorted(actor.groups)}
        engine.transact(actor, lambda work: audit.record(work.session, actor, "recording.refused", name, facts))
        raise NotYourRecording(recording=name)
    return row


def listen(session: Session, actor: Actor, row: Recording, reason: str, now: datetime) -> None:
    """Put on record that somebody listens to a recording that they may hear, and why."""
    session.add(Listening(recording=row.name, by=actor.id, at=now, reason=reason))


def listens(session: Session, actor: Actor, row: Recording, reason: str, now: datetime) -> bool:
    """Whether it is on record that somebody listens to it just now, for this reason: a player asks for a sound piece by piece."""
    mine = (Listening.recording == row.name, Listening.by == actor.id, Listening.reason == reason, Listening.at > now - ONE_TIME)
    return session.scalar(select(Listening.id).where(*mine).limit(1)) is not None


def file_of(folder: Path, row: Recording) -> Path:
    """Where a recording lies. Raises `RecordingAway` while it is not there, `RecordingLost` when it never will be."""
    path = path_of(folder, row.name)
    if row.sha256 == LOST:
        raise RecordingLost
    if not path.is_file():
        raise RecordingAway
    return path
