"""Ids of instances: made by the application, so that one command can refer to what it has not written yet."""

import threading
from datetime import UTC, datetime

from engine import chance, clock

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
RANDOM_BITS = 12

_order = threading.Lock()
_last = 0


def new_id() -> int:
    """A number below 2^53, greater than any that this process made before, also when the machine's clock is set back.

    Milliseconds since 2020, then 12 random bits. Two processes may collide once in 4,096 for the same millisecond; the
    primary key then refuses the second and its command is tried again.
    """
    global _last
    milliseconds = int((clock.real_now() - EPOCH).total_seconds() * 1000)
    with _order:
        _last = max(_last + 1, milliseconds << RANDOM_BITS | chance.below(1 << RANDOM_BITS))
        return _last
