"""Facts to colours, through the decision tables `age_light` and `due_light`: computed when read, never stored (D1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from processes.lights.colours import SEVERITY, worst
from processes.lights.errors import UnknownColour
from processes.lights.facts import LATE, CaseFacts, Facts, OrderFacts, age_facts

FINISHED = {"finished": True, "remaining_h": 0.0, "near_h": 0.0, "original_remaining_h": 0.0}
"""The facts of a case all of whose orders are finished."""

UNLIMITED = {"finished": False, "remaining_h": 1e9, "near_h": 0.0, "original_remaining_h": 1e9}
"""The facts of a case whose orders all came back and that waits to be dispatched again: nobody has a deadline meanwhile."""


class Tables(Protocol):
    """What is needed of `engine.decisions.Decisions`."""

    def evaluate(self, session: Session, decision_id: str, facts: Facts, /) -> Mapping[str, Any]:
        """The outputs of the first matching row of a table's latest published version."""


@dataclass(frozen=True, slots=True)
class Lights:
    """Both lamps of an order or a case, with the tags that stand beside them; dark (None) before the first dispatch."""

    age: str | None = None
    due: str | None = None
    tags: tuple[str, ...] = ()

    def as_json(self) -> dict[str, str | None]:
        """`{"age": …, "due": …}` as the API gives it."""
        return {"age": self.age, "due": self.due}


def order_lights(tables: Tables, session: Session, facts: OrderFacts, now: datetime) -> Lights:
    """The lamps of one work order, its unit's own: a new unit's clock begins with its own dispatch."""
    return Lights(_age(tables, session, facts.age(now)), _due(tables, session, facts.due(now)), (LATE,) if facts.late else ())


def case_lights(tables: Tables, session: Session, facts: CaseFacts, now: datetime) -> Lights:
    """The lamps of a case: the citizen's age since the first dispatch, and the worst due lamp of its open orders."""
    if facts.first_dispatched_at is None:
        return Lights()
    age = _age(tables, session, age_facts(facts.first_dispatched_at, facts.handled_at, now))
    return Lights(age, _worst_due(tables, session, facts, now), (LATE,) if any(order.late for order in facts.orders) else ())


def _worst_due(tables: Tables, session: Session, case: CaseFacts, now: datetime) -> str | None:
    waiting: Sequence[Facts] = [order.due(now) for order in case.orders if order.handled_at is None]
    without = FINISHED if case.orders or case.handled_at else UNLIMITED
    return worst(_due(tables, session, facts) for facts in waiting or [without])


def _age(tables: Tables, session: Session, facts: Facts) -> str:
    return _colour("age_light", "age", tables.evaluate(session, "age_light", facts))


def _due(tables: Tables, session: Session, facts: Facts) -> str:
    return _colour("due_light", "due", tables.evaluate(session, "due_light", facts))


def _colour(table: str, output: str, outputs: Mapping[str, Any]) -> str:
    colour = outputs.get(output)
    if colour not in SEVERITY:
        raise UnknownColour(table, colour)
    return str(colour)
