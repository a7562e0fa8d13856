"""A citizen's wish to get no text messages (退订), or to get them again, taken down by whoever speaks with them (C33)."""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import reasons
from engine.actor import Actor
from engine.errors import Forbidden, NotFound
from engine.runtime.work import Work
from processes.casefile.changes import enter
from processes.casefile.guards import case_of
from processes.registry.audit import services as audit
from processes.registry.citizens import services as citizens
from processes.registry.citizens.models import Citizen, OptOut

RECORDERS = frozenset({"agent", "team_leader", "shift_leader"})
KIND: Final = "messages"
OUT, IN = "out", "in"


class Wish(NamedTuple):
    """Since when a number gets no messages, and who took that down."""

    since: datetime
    by: str


def may_record(actor: Actor) -> bool:
    """Whether somebody may take down a citizen's wish."""
    return actor.override or bool(actor.groups & RECORDERS)


def opted_out(session: Session, citizen_id: int | None) -> Wish | None:
    """Whether a case's citizen gets no messages; None for one who gets them, and for nobody."""
    known = select(OptOut.at, OptOut.by).join(Citizen, Citizen.phone_index == OptOut.phone_index).where(Citizen.id == citizen_id)
    row = None if citizen_id is None else session.execute(known).one_or_none()
    return None if row is None else Wish(*row)


def record(work: Work, case_no: str, *, wanted: bool, reason: str) -> None:
    """Send a case's citizen messages again, or none any more, in this and every other case of the same number.

    The reason stays with the case, sealed, and the wish is put on record. Raises `Forbidden`, `Invalid` without a reason,
    `NoSuchCase`, `NotFound` for an anonymous case.
    """
    if not may_record(work.actor):
        raise Forbidden()
    why = reasons.tidy(reason)
    phone = case_of(work.session, case_no).phone
    if phone is None:
        raise NotFound("这是匿名案件，没有号码。 This case is anonymous; there is no number.", case_no=case_no)
    if wanted:
        citizens.opt_in(work.session, phone)
    else:
        citizens.opt_out(work.session, phone, work.actor, work.now)
    enter(work.session, case_no, KIND, why, at=work.now, by=work.actor.id, label=IN if wanted else OUT)
    audit.record(work.session, work.actor, "messages.wanted" if wanted else "messages.unwanted", case_no)
