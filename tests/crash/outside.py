"""The world outside the product: receivers that keep their side of the bargain, and do not die with it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outside:
    """What the departments' systems were sent. A repeat of a delivery's id changes nothing; `told` counts it all the same."""

    accepted: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    told: Counter[str] = field(default_factory=Counter)

    def take(self, delivery_id: str, body: Mapping[str, Any]) -> None:
        """Receive one delivery: the sender of a connector."""
        self.told[delivery_id] += 1
        self.accepted.setdefault(delivery_id, dict(body))
