"""The only place that knows what time it is.

Live traffic runs on real time plus an offset that the test clock may advance; a simulation, the demo
loader or a timer's firing travels to a moment of its own inside a context variable, so that nothing
else in the process notices (decision 6 of `engine.md`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_travelled: ContextVar[datetime | None] = ContextVar("travelled", default=None)
_offset = timedelta(0)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    moment = _travelled.get()
    return moment if moment is not None else real_now() + _offset


def real_now() -> datetime:
    """The machine's own time, for tokens, sessions, lock-outs and webhook timestamps; aware, in UTC."""
    return datetime.fromtimestamp(time.time(), UTC)


def set_offset(offset: timedelta) -> None:
    """Move this process's live clock by an offset (the test clock; refused in production by its caller)."""
    global _offset
    _offset = offset


def offset() -> timedelta:
    """How far the live clock runs ahead of the machine's."""
    return _offset


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Make `now()` answer `moment` (aware) inside this context, for this thread of control only."""
    token = _travelled.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _travelled.reset(token)
