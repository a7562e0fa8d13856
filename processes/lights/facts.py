"""The facts that the lamps are computed from: moments, never colours (requirement 0.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

Facts: TypeAlias = Mapping[str, Any]
"""The inputs of a decision table."""

ONE_DAY = timedelta(days=1)
ONE_HOUR = timedelta(hours=1)
LATE = "逾期办结"
"""The tag of what was finished after its effective due moment; its due lamp is green all the same."""


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One work order's moments, all aware.

    `due_at` is the original due moment, `effective_due_at` the one after approved extensions (the same without any),
    `near_at` when the effective one comes near (`processes.deadlines.limits.near_at`), `handled_at` when the unit finished.
    """

    dispatched_at: datetime
    due_at: datetime
    effective_due_at: datetime
    near_at: datetime
    handled_at: datetime | None = None

    def age(self, now: datetime) -> Facts:
        """The inputs of the table `age_light`."""
        return age_facts(self.dispatched_at, self.handled_at, now)

    def due(self, now: datetime) -> Facts:
        """The inputs of the table `due_light`: hours are negative once the moment has passed."""
        return {
            "finished": self.handled_at is not None,
            "remaining_h": (self.effective_due_at - now) / ONE_HOUR,
            "near_h": (self.effective_due_at - self.near_at) / ONE_HOUR,
            "original_remaining_h": (self.due_at - now) / ONE_HOUR,
        }

    @property
    def late(self) -> bool:
        """Whether it was finished after its effective due moment."""
        return self.handled_at is not None and self.handled_at > self.effective_due_at


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case's moments: its age runs from the first dispatch, whatever was returned and dispatched again, and stands still
    once the case is handled; `orders` are its work orders that count (neither returned nor withdrawn)."""

    first_dispatched_at: datetime | None
    handled_at: datetime | None = None
    orders: Sequence[OrderFacts] = ()


def age_facts(dispatched_at: datetime, handled_at: datetime | None, now: datetime) -> Facts:
    """The inputs of `age_light`: days of 24 hours from dispatch until it was handled, or until now."""
    return {"age_days": ((handled_at or now) - dispatched_at) / ONE_DAY}
