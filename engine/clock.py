"""The only place that knows what time it is.

Live traffic runs on real time plus an offset that the test clock may advance; a simulation, the demo
loader or a timer's firing travels to a moment of its own inside a context variable, so that nothing
else in the process notices (decision 6 of `engine.md`).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_travelled: ContextVar[datetime | None] = ContextVar("travelled", default=None)
_offset = timedelta(0)
_machine: Callable[[], float] = time.time


def now() -> datetime:
    """The present moment, aware, in UTC."""
    moment = _travelled.get()
    return moment if moment is not None else real_now() + _offset


def real_now() -> datetime:
    """The machine's own time, for tokens, sessions, lock-outs and webhook timestamps; aware, in UTC."""
    return datetime.fromtimestamp(_machine(), UTC)


def set_offset(offset: timedelta) -> None:
    """Move this process's live clock by an offset (the test clock; refused in production by its caller)."""
    global _offset
    _offset = offset


@contextmanager
def run_on(machine: Callable[[], float]) -> Iterator[None]:
    """Take the machine's time (seconds since 1970) from elsewhere in this process for a while: for simulations, and for
    tests of a machine whose clock is set wrong."""
    global _machine
    before, _machine = _machine, machine
    try:
        yield
    finally:
        _machine = before


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
