"""New calls are offered to every worker of an exchange: each claims its share of them, and what a fellow does not take."""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from zlib import crc32

from engine import clock

MODESTY = timedelta(seconds=0.2)
"""For so long a worker leaves a new call to that one of its fellows whose turn it is."""


class Claims:
    """Used by one thread."""

    def __init__(self, app: str, claim: Callable[[str], None]) -> None:
        """`claim` has the exchange asked for a channel."""
        self._app, self._claim = app, claim
        self._left: deque[tuple[datetime, str]] = deque()
        """What is left to a fellow until then, the next one first."""

    def offered(self, channel: str, fellows: Iterable[str]) -> None:
        """A new call waits for whoever answers for it."""
        # all of them find the same one to be first without asking, and each is it for its share of the calls
        if min((self._app, *fellows), key=lambda app: crc32(f"{channel} {app}".encode())) == self._app:
            self._claim(channel)
        else:
            self._left.append((clock.real_now() + MODESTY, channel))

    def next_due(self) -> float | None:
        """Seconds until a fellow has had its time; None while nothing is left to any."""
        return (self._left[0][0] - clock.real_now()).total_seconds() if self._left else None

    def pass_time(self) -> None:
        """Claim what fellows have left; of one that was taken nothing is heard."""
        while self._left and self._left[0][0] <= clock.real_now():
            self._claim(self._left.popleft()[1])
