"""Which agent a waiting call is offered to (ACD): who has its queue, was idle longest, and is not talking to anybody else."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from processes.registry.citizens.services import phone_index
from telephony.calls.models import PhoneCall
from telephony.calls.values import Call
from telephony.plan.values import Queue
from telephony.seats import services as seats
from telephony.seats.models import READY, RESERVED, Seat

REMEMBERED: Final = timedelta(days=1)
"""For so long a caller is offered to the agent of the last call first, if that one is free."""


def pair(session: Session, call: Call, queue: Queue, node: str, now: datetime) -> Any:
    """Reserve an agent for a call, among those whose telephones are at this exchange: the one who talked with the caller last, then
    somebody of the queue's area, then whoever has been idle longest. Answers the seat's `agent` and `endpoint`; None if nobody is free."""
    last = (
        select(PhoneCall.agent)
        .where(PhoneCall.number_index == phone_index(call.number), PhoneCall.began_at > now - REMEMBERED)
        .where(PhoneCall.talking_at.is_not(None))
        .order_by(PhoneCall.began_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    near = Seat.area == queue.area if queue.area else None
    wanted = (
        select(Seat.agent, Seat.endpoint)
        .where(
            Seat.state == READY, Seat.locked.is_(False), Seat.node.in_(("", node)), Seat.queues.contains(f",{call.queue},", autoescape=True)
        )
        .order_by(
            case((Seat.agent == last, 0), else_=1), *(() if near is None else (case((near, 0), else_=1),)), Seat.last_call_at, Seat.agent
        )
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if call.tried:
        wanted = wanted.where(Seat.agent != call.tried[-1])
    found = session.execute(wanted).first()
    if found is not None:
        seats.move(session, found.agent, RESERVED, now, call_id=call.id)
    return found
