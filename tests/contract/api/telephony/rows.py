"""Rows as a telephony worker writes them: seats, calls, recordings; for tests that need no exchange."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session, sessionmaker

from engine import clock, crypto
from engine.db import from_micros, to_micros
from processes.casefile.models import WorkOrder
from processes.registry.citizens.services import phone_index
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewElder
from telephony.calls import ids
from telephony.calls.models import PhoneCall
from telephony.calls.values import AGENT, CITIZEN, ENDED, QUEUED, TALKING, Call, Leg
from telephony.recordings.models import Recording
from telephony.seats.models import BUSY, READY, Seat

NUMBER = "13900001111"
APP = {"node": "node0", "app": "bihuan"}
T = TypeVar("T")


class Rows:
    """Inserts rows, each in a transaction of its own."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def write(self, change: Callable[[Session], T]) -> T:
        """Change something."""
        with self._sessions.begin() as session:
            return change(session)

    def seat(self, agent: str, state: str = READY, *, number: str = "1001", queues: str = ",general,", **more: Any) -> None:
        """An agent at a seat."""
        now = clock.now()
        facts: dict[str, Any] = {"place": "", "area": "", "reason": "", "call_id": "", "locked": False, "node": ""}
        facts |= {"since": now, "until": None, "last_call_at": now, "last_missed_at": now}
        row = Seat(agent=agent, endpoint=f"PJSIP/{number}", queues=queues, state=state, **{**facts, **more})
        self.write(lambda session: session.merge(row))

    def elder(self, device: str, number: str = NUMBER, name: str = "赵奶奶") -> None:
        """An elder who has a pager."""
        self.write(lambda session: elders.enrol(session, NewElder(name, number, device, "人民路12号", area="610402"), clock.now()))

    def waiting(self, number: str = NUMBER, *, seconds: int = 20, queue: str = "general") -> str:
        """A call that has waited so long."""
        began = clock.now() - timedelta(seconds=seconds)
        call = Call(ids.new(), "inbound", to_micros(began), state=QUEUED, number=number, service="12345", queue=queue)
        call.queued = call.began
        call.legs["citizen"] = Leg(f"{call.id}.1", CITIZEN, call.began, number=number, up=call.began)
        self.call(call, queued_at=began)
        return call.id

    def talking(self, agent: str = "agent1", number: str = NUMBER, *, seat: str = "1001", **changes: Any) -> str:
        """A call of a number with an agent, who is busy at a seat; `changes` are the call's own facts."""
        began = clock.now() - timedelta(seconds=60)
        call = Call(ids.new(), "inbound", to_micros(began), state=TALKING, number=number, service="12345", queue="general", agent=agent)
        for role, who in ((CITIZEN, None), (AGENT, agent)):
            leg = Leg(
                f"{call.id}.{role}", role, call.began, number=number if who is None else "", who=who, up=call.began, joined=call.began
            )
            call.legs[leg.id] = leg
        for name, value in changes.items():
            setattr(call, name, value)
        self.call(call, queued_at=began, talking_at=began + timedelta(seconds=5))
        self.seat(agent, BUSY, number=seat, call_id=call.id)
        return call.id

    def past(self, agent: str | None = "agent1", number: str = NUMBER, *, ago: timedelta = timedelta(hours=1), **more: Any) -> str:
        """A call that is over."""
        began, kind, queue = clock.now() - ago, more.pop("kind", "inbound"), more.pop("queue", "general")
        call = Call(ids.new(), kind, to_micros(began), state=ENDED, number=number, service="12345", queue=queue, agent=agent)
        facts = {
            "queued_at": began,
            "talking_at": began + timedelta(seconds=9) if agent else None,
            "ended_at": began + timedelta(minutes=2),
        }
        self.call(call, **{**facts, "outcome": "talked" if agent else "abandoned", "talked_ms": 90_000 if agent else 0, **more})
        return call.id

    def call(self, call: Call, *, queued_at: datetime, **facts: Any) -> None:
        """The row of a call."""
        moments = {"answered_at": None, "talking_at": None, "ended_at": None, "outcome": "", "talked_ms": 0, "case_no": call.case_no}
        body = b"" if call.state == ENDED else crypto.current().seal(call.text())
        row = PhoneCall(
            id=call.id,
            kind=call.kind,
            state=call.state,
            number=call.number,
            number_index=phone_index(call.number),
            service=call.service,
            queue=call.queue,
            agent=call.agent,
            began_at=from_micros(call.began),
            queued_at=queued_at,
            version=1,
            body=body,
            **APP,
            **{**moments, **facts},
        )
        self.write(lambda session: session.add(row))

    def recording(self, call_id: str, agent: str | None = "agent1", *, case_no: str = "", **more: Any) -> str:
        """A recording of a call; its file lies nowhere yet."""
        name = f"{call_id}.r1"
        facts = {"node": "node0", "kind": "call", "seconds": 12, "at": clock.now(), "bytes": None, "sha256": "", **more}
        self.write(lambda session: session.add(Recording(name=name, call_id=call_id, agent=agent, case_no=case_no, **facts)))
        return name

    def order(self, case_no: str, unit: str) -> None:
        """A work order of a unit."""
        now = clock.now()
        due = now + timedelta(days=5)
        facts = {"role": "lead", "calendar": "W", "ack_minutes": 30, "dispatched_at": now, "original_due_at": due, "due_at": due}
        row = WorkOrder(number=f"{case_no}-{unit}"[-32:], case_no=case_no, unit=unit, near_at=due, instance_id=1, **facts)
        self.write(lambda session: session.add(row))
