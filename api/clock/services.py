"""Moving the test clock: every due time on the way is a stop at which what came due runs, in order.

While it travels only this thread sees the stops (`clock.at`), and the other processes are told not to follow, so that
the background work cannot run ahead; the offset reached is written with each stop, so that a kill on the way leaves a clock that
fits the rows.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from api.clock.models import ClockOffset
from api.due import Due, HandlersFor
from engine import clock
from engine.outbox.models import QUEUED as SENDING
from engine.outbox.models import Delivery
from engine.timers.models import QUEUED, Timer

FOLLOWED = timedelta(milliseconds=100)
"""By then every process has followed the clock."""
LONGEST_STOP = timedelta(seconds=10)
LOOKS, PAUSE = 100, 0.05
"""How often, and every how many seconds, to look whether the background work has finished what it had taken."""
_one_at_a_time = threading.Lock()
_pause = threading.Event()


@dataclass(frozen=True, slots=True)
class Advanced:
    """Where the clock stands now, and how many timers fired on the way."""

    now: datetime
    fired: int


def stored(session: Session) -> timedelta:
    """The offset kept in the database."""
    return timedelta(microseconds=session.scalar(select(ClockOffset.micros).where(ClockOffset.id == 1)) or 0)


def load(session: Session) -> None:
    """Set this process's clock by the database."""
    clock.set_offset(stored(session))


def follow(sessions: sessionmaker[Session]) -> None:
    """Set this process's clock by the database, unless somebody moves it just now."""
    if _one_at_a_time.locked():
        return
    with sessions() as session:
        row = session.get(ClockOffset, 1)
        if row is not None and (row.travelling_until is None or row.travelling_until < clock.real_now()):
            clock.set_offset(timedelta(microseconds=row.micros))


def advance(sessions: sessionmaker[Session], handlers_for: HandlersFor, duration: timedelta) -> Advanced:
    """Move the clock on by `duration`; answers after the last commit of what came due."""
    with _one_at_a_time:
        due = Due(sessions, handlers_for)
        _wait_for_the_runner(sessions)
        start, before = clock.now(), clock.offset()
        ahead, target = before + duration, start + duration
        stop, fired = start, 0
        while (moment := due.next(target)) is not None:
            stop = max(stop, moment)
            fired += due.run(stop, partial(_store, offset=before + (stop - start)))
        with sessions.begin() as session:
            _store(session, ahead, travels=False)
        clock.set_offset(ahead)
        _pause.wait(FOLLOWED.total_seconds())
        return Advanced(clock.now(), fired)


def _wait_for_the_runner(sessions: sessionmaker[Session]) -> None:
    """Let the background work finish what it has already taken, for a few seconds at most."""
    for _ in range(LOOKS):
        with sessions() as session:
            timers = session.scalar(select(func.count()).select_from(Timer).where(Timer.state == QUEUED))
            deliveries = session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state == SENDING))
        if not timers and not deliveries:
            return
        _pause.wait(PAUSE)


def _store(session: Session, offset: timedelta, *, travels: bool = True) -> None:
    row = session.get(ClockOffset, 1) or ClockOffset(id=1)
    row.micros = offset // timedelta(microseconds=1)
    row.travelling_until = clock.real_now() + LONGEST_STOP if travels else None
    session.add(row)
