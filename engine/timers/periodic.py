"""Periodic work: processes that start again and again, each a timer row with a process key and no instance."""

from datetime import datetime
from zlib import crc32

from sqlalchemy import delete
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.timers.durations import after
from engine.timers.models import Timer

NO_INSTANCE = 0


class NoInterval(Invalid):
    """不是 ISO 8601 重复区间，例如 R/2026-01-01T02:30:00+08:00/P1D。 Not an ISO 8601 repeating interval with a start."""

    code = "no-interval"


def parse(interval: str) -> tuple[datetime, str]:
    """The first moment (aware) and the duration between two of `R/<moment>/<duration>`. Raises `NoInterval` or `NoDuration`."""
    parts = interval.strip().split("/")
    try:
        first = datetime.fromisoformat(parts[1])
    except (IndexError, ValueError):
        raise NoInterval() from None
    if len(parts) != 3 or parts[0] != "R" or first.tzinfo is None:
        raise NoInterval()
    if after(first, parts[2]) == first:
        raise NoInterval()
    return first, parts[2]


def schedule(session: Session, process_key: str, interval: str | None, now: datetime) -> None:
    """Have a process started at every moment of a repeating interval from `now` on, or no longer (None)."""
    task_id = _task_id(process_key)
    if interval is None:
        session.execute(delete(Timer).where(Timer.instance_id == NO_INSTANCE, Timer.task_id == task_id))
        return
    first, repeat = parse(interval)
    known = session.get(Timer, (NO_INSTANCE, task_id))
    if known is None:
        known = Timer(instance_id=NO_INSTANCE, task_id=task_id, element_id="", business_key="", process_key=process_key, due_at=first)
        session.add(known)
    known.repeat, known.due_at = repeat, next_due(first, repeat, now)


def next_due(moment: datetime, repeat: str, now: datetime) -> datetime:
    """The first repetition of a moment that lies after `now`."""
    length = after(moment, repeat) - moment
    return moment if moment > now else moment + ((now - moment) // length + 1) * length


def _task_id(process_key: str) -> int:
    return crc32(process_key.encode()) & 0x7FFFFFFF
