"""Which agent a waiting call is offered to (ACD): who has its queue, was idle longest, and is not talking to anybody else."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, String, bindparam, case, literal, select, tuple_
from sqlalchemy.orm import Session

from engine.db import Instant, from_micros, tables
from engine.prepared import Prepared
from processes.registry.citizens.services import phone_index
from telephony.calls.models import PhoneCall
from telephony.calls.values import PAGER, QUEUED, Call
from telephony.plan.values import Queue
from telephony.seats import services as seats
from telephony.seats.models import READY, RESERVED, Seat

REMEMBERED: Final = timedelta(days=1)
"""For so long a caller is offered to the agent of the last call first, if that one is free."""
CALL, SEAT = tables(PhoneCall, Seat)
_LAST = (
    select(CALL.c.agent)
    .where(CALL.c.number_index == bindparam("caller", type_=String()), CALL.c.began_at > bindparam("since", type_=Instant()))
    .where(CALL.c.talking_at.is_not(None))
    .order_by(CALL.c.began_at.desc())
    .limit(1)
    .scalar_subquery()
)
_NEXT: Final = Prepared(
    select(SEAT.c.agent, SEAT.c.endpoint, SEAT.c.queues)
    .where(
        SEAT.c.state == READY,
        SEAT.c.locked.is_(False),
        SEAT.c.node.in_(("", bindparam("node", type_=String()))),
        SEAT.c.queues.like(bindparam("queue", type_=String()), escape="/"),
    )
    .order_by(
        # whoever missed it just now and is ready again comes last, but comes: at night there may be nobody else
        case((SEAT.c.agent == bindparam("tried", type_=String()), 1), else_=0),
        case((SEAT.c.agent == _LAST, 0), else_=1),
        case((SEAT.c.area == bindparam("area", type_=String()), 0), else_=1),
        SEAT.c.last_call_at,
        SEAT.c.agent,
    )
    .limit(1)
    .with_for_update(skip_locked=True)
)
NO_AREA: Final = "-"
NO_NUMBER: Final = "-"
"""What no call has for its number's digest: who withholds the number is a stranger, and not whoever withheld it last."""


def pair(session: Session, call: Call, queue: Queue, node: str, now: datetime, fellows: Collection[str] = ()) -> Any:
    """Reserve an agent for a call, among those whose telephones are at this exchange: the one who talked with the caller last, then
    somebody of the queue's area, then whoever has been idle longest; who missed this call just now only if nobody else is there. An
    agent whom a call of `fellows`, the exchange's other applications, could have whose turn is before this one's is left to it.
    Answers the seat's `agent` and `endpoint`; None if nobody is free."""
    wanted = {
        "caller": phone_index(call.number) if call.number else NO_NUMBER,
        "since": now - REMEMBERED,
        "node": node,
        "queue": f"%,{call.queue.replace('_', '/_')},%",
        "tried": call.tried[-1] if call.tried else "",
        "area": queue.area or NO_AREA,
    }
    found = _NEXT.first(session.connection(), wanted)
    if found is None or (fellows and _is_anothers(session, found.queues, call, node, fellows)):
        return None
    seats.move(session, found.agent, RESERVED, now, call_id=call.id)
    return found


def turn(call: Call) -> tuple[int, int]:
    """By what waiting calls are put in order: whom a pager's contacts could not help before all others, then who has waited longest."""
    return (0 if call.kind == PAGER else 1), call.queued or 0


def _is_anothers(session: Session, queues: str, call: Call, node: str, fellows: Collection[str]) -> bool:
    rank, queued = turn(call)
    its_turn = tuple_(case((CALL.c.kind == PAGER, 0), else_=1), CALL.c.queued_at)
    mine = tuple_(literal(rank, Integer()), literal(from_micros(queued), Instant()))
    waiting = (CALL.c.node == node, CALL.c.app.in_(fellows), CALL.c.ended_at.is_(None), CALL.c.state == QUEUED)
    return any(f",{waits}," in queues for waits in session.scalars(select(CALL.c.queue).where(*waiting, its_turn < mine)))
