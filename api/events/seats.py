"""Which seats, or calls at them, changed since the last look: one statement for all who listen."""

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.db import tables
from engine.prepared import Prepared
from telephony.calls.models import PhoneCall
from telephony.seats.models import OFFLINE, Seat

SEAT, CALL = tables(Seat, PhoneCall)
_NOW: Final = Prepared(
    select(SEAT.c.agent, SEAT.c.call_id, SEAT.c.state, SEAT.c.reason, SEAT.c.since, SEAT.c.locked, SEAT.c.reminded_at, CALL.c.version)
    .select_from(SEAT.outerjoin(CALL, CALL.c.id == SEAT.c.call_id))
    .where(SEAT.c.state != OFFLINE)
)


class SeatReader:
    """Remembers how the seats stood at the last look."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[Any, ...]] = {}

    def changed(self, session: Session) -> dict[str, str]:
        """The agents whose seat, or whose call, is not as it was, each with the id of the call there (empty without one)."""
        now = {row.agent: tuple(row[1:]) for row in _NOW.all(session.connection(), {})}
        before, self._before = self._before, now
        fresh = {agent: str(facts[0]) for agent, facts in now.items() if before.get(agent) != facts}
        return fresh | {agent: "" for agent in before if agent not in now}
