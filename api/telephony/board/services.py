"""The supervisor's board: every queue and every agent as they are now, in a handful of statements however many calls there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.telephony.board.counting import QUEUED_ONCE, counts, percent
from api.telephony.board.thresholds import FINE, level
from api.telephony.calls.services import day_of
from api.telephony.seat.services import queue_names, queues_of
from processes.deadlines.zone import LOCAL
from processes.registry.citizens.masking import mask_phone
from telephony.calls.models import PhoneCall
from telephony.calls.values import OFFERING, QUEUED, TALKING
from telephony.seats import services as seats
from telephony.seats.models import BUSY, OFFLINE, READY, RESERVED, WRAP_UP, Seat


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue now and today. `levels` says of each figure with a threshold whether it is `fine`, `watch` or `alarm`."""

    key: str
    name: str
    waiting: int
    longest_seconds: int | None
    ready: int
    busy: int
    away: int
    answered: int
    abandoned: int
    service_level: int | None
    """Percent of today's callers who were answered in time."""
    abandoned_percent: int | None
    levels: dict[str, str]


@dataclass(frozen=True, slots=True)
class AgentLine:
    """An agent at a seat, and the call there; or one who has signed out and whose seat is locked."""

    seat: Seat
    queues: list[str]
    call_id: str
    call_state: str
    number: str
    listens: bool
    """Whether the call can be listened to."""


@dataclass(frozen=True, slots=True)
class Board:
    """All of it."""

    at: datetime
    queues: list[QueueLine]
    agents: list[AgentLine]

    @property
    def seated(self) -> set[str]:
        """Who is signed in."""
        return {line.seat.agent for line in self.agents if line.seat.state != OFFLINE}

    @property
    def alarms(self) -> list[tuple[QueueLine, str]]:
        """The figures that are to be looked at, alarms first."""
        found = [(line, figure) for line in self.queues for figure, found in line.levels.items() if found != FINE]
        return sorted(found, key=lambda one: one[0].levels[one[1]])


def board(session: Session, now: datetime) -> Board:
    """The board at a moment, which is aware."""
    names = queue_names(session)
    live = session.scalars(select(PhoneCall).where(PhoneCall.ended_at.is_(None))).all()
    present = seats.shown(session)
    today = _today(session, now)
    queues = [_queue(key, name, live, present, today.get(key), now) for key, name in names.items()]
    calls = {call.id: call for call in live}
    return Board(now, queues, [_agent(seat, calls.get(seat.call_id)) for seat in present])


def as_json(found: Board) -> dict[str, Any]:
    """The board as the API gives it; numbers masked."""
    return {
        "at": found.at,
        "queues": [{name: getattr(line, name) for name in QueueLine.__dataclass_fields__} for line in found.queues],
        "agents": [
            {
                "agent": line.seat.agent,
                "state": line.seat.state,
                "reason": line.seat.reason,
                "since": line.seat.since,
                "place": line.seat.place,
                "endpoint": line.seat.endpoint,
                "locked": line.seat.locked,
                "queues": line.queues,
                "call_id": line.call_id,
                "call_state": line.call_state,
                "number": line.number,
            }
            for line in found.agents
        ],
    }


def _queue(key: str, name: str, live: Iterable[PhoneCall], present: Iterable[Seat], today: Any, now: datetime) -> QueueLine:
    waiting = [call.queued_at for call in live if call.queue == key and call.state in (QUEUED, OFFERING) and call.queued_at is not None]
    states = [seat.state for seat in present if f",{key}," in seat.queues and seat.state != OFFLINE]
    ready, busy = states.count(READY), sum(state in (RESERVED, BUSY, WRAP_UP) for state in states)
    answered, in_time, abandoned = (today.answered, today.in_time, today.abandoned) if today is not None else (0, 0, 0)
    longest = int((now - min(waiting)).total_seconds()) if waiting else None
    service, lost = (percent(part, answered, abandoned) for part in (in_time, abandoned))
    figures = {"waiting": len(waiting), "longest_seconds": longest, "service_level": service, "abandoned_percent": lost}
    # a queue for which nobody has signed in today is closed, not in trouble, until somebody waits in it
    levels = {figure: level(figure, value) for figure, value in figures.items()}
    levels["ready"] = level("ready", ready) if waiting and not ready else FINE
    return QueueLine(key, name, len(waiting), longest, ready, busy, len(states) - ready - busy, answered, abandoned, service, lost, levels)


def _agent(seat: Seat, call: PhoneCall | None) -> AgentLine:
    if call is None:
        return AgentLine(seat, queues_of(seat), "", "", "", listens=False)
    return AgentLine(
        seat, queues_of(seat), call.id, call.state, mask_phone(call.number), listens=call.state == TALKING and call.agent == seat.agent
    )


def _today(session: Session, now: datetime) -> dict[str, Any]:
    begin, _end = day_of(now.astimezone(LOCAL).date())
    counted = select(PhoneCall.queue, *counts()).where(PhoneCall.began_at >= begin, QUEUED_ONCE).group_by(PhoneCall.queue)
    return {row.queue: row for row in session.execute(counted)}
