"""What answers the questions of a voice menu. A question that cannot be answered has no answer; the call then goes on to a person."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import BihuanError, Forbidden, NotFound, TooManyAttempts
from engine.runtime.engine import Engine
from processes.casefile.models import Case
from processes.casefile.numbers import query_digest
from processes.cases import public
from processes.deadlines.zone import LOCAL
from processes.registry.citizens import services as citizens
from telephony.calls.models import PhoneCall
from telephony.calls.values import OFFERING, QUEUED
from telephony.queries import CASE_PROGRESS, QUEUE_WAITING
from telephony.seats.models import READY, Seat

KEYPAD: Final = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
"""The digit under which a telephone has each letter."""
LEAST_DIGITS, WHOLE = 4, 16
"""Of a case number: its last ones where the caller's own number is known, else the day and all eight."""
ENDS: Final = {"撤回": "withdrawn", "不予受理": "refused"}
NOT_FOUND: Final = {"found": False, "locked": False, "state": "", "days": 0}
log = structlog.get_logger("telephony.queries")
Answer = Mapping[str, Any]


def answer(engine: Engine, question: str, given: Mapping[str, Any]) -> Answer | None:
    """The answer; None when there is none to be had."""
    try:
        return ANSWERS[question](engine, **{name: "" if value is None else str(value) for name, value in given.items()})
    except BihuanError as refusal:
        log.warning("a menu's question was refused", question=question, error=refusal.code)
    except Exception:
        log.exception("a menu's question failed", question=question)
    return None


def case_progress(engine: Engine, digits: str, code: str, caller: str) -> Answer:
    """How a case stands, for who knows its code; a wrong code counts as on the page of citizens, and so does its lock."""
    with engine.read() as session:
        case_no = _case_meant(session, digits, code, caller)
    if case_no is None:
        return NOT_FOUND
    try:
        found = public.progress(engine, case_no, code)
    except TooManyAttempts:
        return {**NOT_FOUND, "locked": True}
    except (NotFound, Forbidden):
        return NOT_FOUND
    since = found["steps"][0]["at"].astimezone(LOCAL).date()
    state = "merged" if found["merged"] and found["matter"] == "open" else found["matter"]
    state = ENDS.get(found["outcome"] or "", state)
    return {"found": True, "locked": False, "state": state, "days": (clock.now().astimezone(LOCAL).date() - since).days}


def queue_waiting(engine: Engine, queue: str) -> Answer:
    """How many wait in a queue, and how many agents could take a call of it now."""
    waiting = select(func.count()).where(PhoneCall.ended_at.is_(None), PhoneCall.queue == queue, PhoneCall.state.in_((QUEUED, OFFERING)))
    ready = select(func.count()).where(Seat.state == READY, Seat.queues.contains(f",{queue},", autoescape=True))
    with engine.read() as session:
        return {"waiting": session.scalar(waiting) or 0, "ready": session.scalar(ready) or 0}


def _case_meant(session: Session, digits: str, code: str, caller: str) -> str | None:
    """The case whose number ends like this on a telephone's keys; of several the one that the code opens."""
    if not digits.isdecimal() or len(digits) < LEAST_DIGITS:
        return None
    named = select(Case.case_no)
    if len(digits) == WHOLE:
        day = f"TS{digits[:8]}"
        named = named.where(Case.case_no > day, Case.case_no < f"{day}~")
    else:
        own = [citizen.id for citizen in citizens.with_phone(session, caller)]
        named = named.where(Case.citizen_id.in_(own))
    meant = [number for number in session.scalars(named) if number.removeprefix("TS").translate(KEYPAD).endswith(digits)]
    opened = select(Case.case_no).where(Case.case_no.in_(meant), Case.query_digest.in_([query_digest(each, code) for each in meant]))
    return session.scalar(opened.limit(1)) or next(iter(meant), None)


ANSWERS: Final[Mapping[str, Callable[..., Answer]]] = {CASE_PROGRESS: case_progress, QUEUE_WAITING: queue_waiting}
