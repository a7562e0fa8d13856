"""Periodic work: processes that start by the clock, once or again and again, each a timer row with a process key and no instance."""

import re
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.timers.durations import after
from engine.timers.models import WAITING, Timer

NO_INSTANCE = 0
_REPEATS = re.compile(r"R([1-9]\d{0,5})?", re.ASCII)


class NoInterval(Invalid):
    """不是带时区的时刻或 ISO 8601 重复区间，例如 R/2026-01-01T02:30:00+08:00/P1D。 Neither a moment with a time zone nor an ISO 8601
    repeating interval with a start, such as R/2026-01-01T02:30:00+08:00/P1D."""

    code = "no-interval"


@dataclass(frozen=True, slots=True)
class Interval:
    """Moments `every` (an ISO 8601 duration) apart from `first` (aware) on: `times` of them, or without end; only one without `every`."""

    first: datetime
    every: str | None = None
    times: int | None = None

    def next(self, now: datetime) -> tuple[datetime, int | None] | None:
        """The first moment behind `now` and how many are left with it (None: without end); None when all have passed."""
        if self.every is None:
            return (self.first, 1) if self.first > now else None
        length = after(self.first, self.every) - self.first
        passed = 0 if self.first > now else (now - self.first) // length + 1
        left = None if self.times is None else self.times - passed
        return None if left is not None and left <= 0 else (self.first + passed * length, left)


def parse(interval: str) -> Interval:
    """Read `<moment>`, `R/<moment>/<duration>` or `R<times>/<moment>/<duration>`. Raises `NoInterval` or `NoDuration`."""
    parts = interval.strip().split("/")
    if len(parts) == 1:
        return Interval(_moment(parts[0]))
    repeats = _REPEATS.fullmatch(parts[0])
    if len(parts) != 3 or repeats is None:
        raise NoInterval
    found = Interval(_moment(parts[1]), parts[2], int(repeats[1]) if repeats[1] else None)
    if after(found.first, parts[2]) == found.first:
        raise NoInterval
    return found


def schedule(session: Session, process_key: str, interval: str | None, now: datetime) -> None:
    """Have a process started at every moment of an interval from `now` on, or no longer (None)."""
    wanted = None if interval is None else parse(interval)
    coming = None if wanted is None else wanted.next(now)
    task_id = _task_id(process_key)
    if wanted is None or coming is None:
        session.execute(delete(Timer).where(Timer.instance_id == NO_INSTANCE, Timer.task_id == task_id))
        return
    known = session.get(Timer, (NO_INSTANCE, task_id))
    if known is None:
        known = Timer(instance_id=NO_INSTANCE, task_id=task_id, element_id="", business_key="", process_key=process_key)
        session.add(known)
    known.due_at, left = coming
    known.repeat = _packed(wanted.every, left)
    session.flush()


def move_on(session: Session, row: Timer, now: datetime) -> None:
    """Let a row of periodic work wait for its next moment; it goes when there is none."""
    left, _slash, every = (row.repeat or "").rpartition("/")
    coming = Interval(row.due_at, every or None, int(left) if left else None).next(now)
    if coming is None:
        session.delete(row)
        return
    row.state, row.queued_at = WAITING, None
    row.due_at, remaining = coming
    row.repeat = _packed(every, remaining)


def _packed(every: str | None, left: int | None) -> str | None:
    """The column `repeat`: the duration, with how many are left before it where that is bounded."""
    return every if left is None or every is None else f"{left}/{every}"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise NoInterval from None
    if moment.tzinfo is None:
        raise NoInterval
    return moment


def _task_id(process_key: str) -> int:
    return crc32(process_key.encode()) & 0x7FFFFFFF
