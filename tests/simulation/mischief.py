"""What goes wrong in a simulated city: deaths, failing steps, receivers that fail or forget to answer, conflicts. All by the dice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from api.product import Product
from engine.context import Context
from engine.errors import VersionConflict
from engine.outbox.errors import Refused, RetryLater
from engine.registry import Operation, Sender
from tests.crash.points import Point


@dataclass(frozen=True, slots=True)
class Rates:
    """How likely each thing goes wrong: per statement or call, per operation, per delivery, per change of an instance."""

    death: float = 0.0015
    operation: float = 0.004
    unreachable: float = 0.05
    unanswered: float = 0.03
    refused: float = 0.003
    conflict: float = 0.01


class Broken(RuntimeError):
    """An operation with a bug."""


class Mischief:
    """Makes things go wrong while `on`, and counts what it did."""

    def __init__(self, seed: int | str, rates: Rates) -> None:
        self.on = False
        self.done: dict[str, int] = dict.fromkeys(("deaths", "steps", "deliveries", "conflicts"), 0)
        self._dice, self._rates = Random(f"{seed} mischief"), rates

    def kills(self, _point: Point) -> bool:
        """The plan by which the product is killed."""
        return self._strikes("deaths", self._rates.death)

    def meddle(self, text: str) -> None:
        """Let another command be first, now and then."""
        if text.startswith("UPDATE instance ") and self._strikes("conflicts", self._rates.conflict):
            raise VersionConflict

    def attach(self, product: Product) -> None:
        """Work on a product that was just started."""
        for name, sender in list(product.registry.senders.items()):
            product.registry.senders[name] = self._unreliable(sender)
        for name, operation in list(product.registry.operations.items()):
            product.registry.operations[name] = self._buggy(operation)

    def _strikes(self, what: str, rate: float) -> bool:
        if not self.on or self._dice.random() >= rate:
            return False
        self.done[what] += 1
        return True

    def _unreliable(self, sender: Sender) -> Sender:
        def send(delivery_id: str, body: Mapping[str, Any]) -> None:
            if self._strikes("deliveries", self._rates.refused):
                raise Refused
            if self._strikes("deliveries", self._rates.unreachable):
                raise RetryLater
            sender(delivery_id, body)
            if self._strikes("deliveries", self._rates.unanswered):
                raise RetryLater

        return send

    def _buggy(self, operation: Operation) -> Operation:
        def handler(context: Context, /, **parameters: Any) -> Any:
            if self._strikes("steps", self._rates.operation):
                raise Broken(operation.name)
            answer = operation.handler(context, **parameters)
            if self._strikes("steps", self._rates.operation):
                raise Broken(operation.name)
            return answer

        return replace(operation, handler=handler)
