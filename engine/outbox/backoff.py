"""When to try again, and when to stop."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential and bounded, with no jitter: one runner sends, and each case keeps its order.

    The defaults try 40 times: after 5, 10, 20 … seconds, from the eighth time every 10 minutes, about 5½ hours in all,
    so that a receiver that is down for an hour gets everything within ten minutes of its recovery (E08).
    """

    first: timedelta = timedelta(seconds=5)
    ceiling: timedelta = timedelta(minutes=10)
    attempts: int = 40

    def pause(self, attempts: int, wished: timedelta | None = None) -> timedelta | None:
        """How long to wait after so many failed attempts, at least what the receiver wished (within a day); None: give up."""
        if attempts >= self.attempts:
            return None
        own = min(self.first * (1 << min(attempts - 1, 30)), self.ceiling)
        return max(own, min(wished or timedelta(0), timedelta(days=1)))
