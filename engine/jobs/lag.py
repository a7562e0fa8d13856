"""How far the background work is behind: two index look-ups, whatever the number of timers."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from engine.timers.models import QUEUED, WAITING, Timer


def tick_lag(connection: Connection, now: datetime) -> timedelta:
    """For how long the longest overdue timer has been waiting, to be dispatched or for its job; nothing when none is overdue.

    One that was set aside after a failure is an incident and does not count.
    """
    waiting = connection.scalar(select(func.min(Timer.due_at)).where(Timer.state == WAITING))
    queued = connection.scalar(select(Timer.due_at).where(Timer.state == QUEUED).order_by(Timer.queued_at).limit(1))
    oldest = min((due for due in (waiting, queued) if due is not None), default=now)
    return max(now - oldest, timedelta(0))
