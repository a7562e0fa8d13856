"""Recordings: found by call or case, and heard by those who may, each time on record."""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from api.auth.rights import HEAR_CALLS
from api.telephony.errors import NoRecording, RecordingAway, RecordingLost
from engine.actor import Actor
from engine.errors import Forbidden, Invalid
from processes.contacts.services import calls_of
from telephony.recordings.archive import LOST, path_of
from telephony.recordings.models import Listening, Recording

LONGEST_REASON = 200
MOST = 200
_NAME = re.compile(r"c[0-9a-v]{16}\.[A-Za-z0-9-]{1,40}")


def hears_all(actor: Actor) -> bool:
    """Whether the actor may hear everybody's recordings, and not only their own."""
    return bool(actor.groups & frozenset(HEAR_CALLS))


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
        query = query.where(Recording.agent == actor.id)
    return session.scalars(query).all()


def check(session: Session, actor: Actor, name: str) -> Recording:
    """A recording that the actor may hear. Raises `NoRecording`, `Forbidden`."""
    row = session.get(Recording, name) if _NAME.fullmatch(name) else None
    if row is None:
        raise NoRecording
    if row.agent != actor.id and not hears_all(actor):
        raise Forbidden("只能听自己的录音。 You may hear your own recordings only.")
    return row


def listen(session: Session, actor: Actor, name: str, reason: str, now: datetime) -> None:
    """Put on record that somebody listens, and why. Raises `NoRecording`, `Forbidden`, `Invalid` at the reason."""
    check(session, actor, name)
    session.add(Listening(recording=name, by=actor.id, at=now, reason=reason_of(reason)))


def reason_of(reason: str) -> str:
    """A reason without the blanks around it. Raises `Invalid` for what is none."""
    why = reason.strip()
    if not 2 <= len(why) <= LONGEST_REASON:
        raise Invalid(errors={"reason": f"请写明理由（2 到 {LONGEST_REASON} 字）。 Give a reason of 2 to {LONGEST_REASON} characters."})
    return why


def file_of(folder: Path, row: Recording) -> Path:
    """Where a recording lies. Raises `RecordingAway` while it is not there, `RecordingLost` when it never will be."""
    path = path_of(folder, row.name)
    if row.sha256 == LOST:
        raise RecordingLost
    if not path.is_file():
        raise RecordingAway
    return path
