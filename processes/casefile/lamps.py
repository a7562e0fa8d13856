"""Both lamps of cases and work orders, from their rows (requirement 0.2)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from processes.casefile import tables
from processes.casefile.models import WorkOrder
from processes.casefile.rows import LAMP_COLUMNS, ORDER, LampOrder, OrderRow
from processes.lights.facts import CaseFacts, OrderFacts
from processes.lights.services import Lights, case_lights, order_lights

AnyOrder: TypeAlias = WorkOrder | OrderRow | LampOrder
COUNTING = ("open", "done")
"""The states of orders that a case's lamps look at; what was returned or withdrawn no longer counts."""


class AnyCase(Protocol):
    """What the lamps need of a case, whichever of its rows it is."""

    @property
    def first_dispatched_at(self) -> datetime | None:
        """When it first went out to a unit."""

    @property
    def handled_at(self) -> datetime | None:
        """When the units had all finished."""

    @property
    def closed_at(self) -> datetime | None:
        """When it was over."""


def order_facts(order: AnyOrder) -> OrderFacts:
    """What a work order's lamps are computed from; one that was returned or withdrawn stands still since then."""
    ended = order.handled_at if order.status in COUNTING else order.closed_at
    return OrderFacts(order.dispatched_at, order.original_due_at, order.due_at, order.near_at, ended)


def of_order(session: Session, order: AnyOrder, now: datetime) -> Lights:
    """The lamps of one work order: its own unit's age and deadline."""
    return order_lights(tables.current(), session, order_facts(order), now)


def of_case(session: Session, case: AnyCase, orders: Iterable[AnyOrder], now: datetime) -> Lights:
    """The lamps of a case with all its work orders."""
    orders = list(orders)
    facts = tuple(order_facts(order) for order in orders if order.status in COUNTING)
    handled = case.handled_at or case.closed_at or _handled_at(orders)
    return case_lights(tables.current(), session, CaseFacts(case.first_dispatched_at, handled, facts), now)


def _handled_at(orders: Sequence[AnyOrder]) -> datetime | None:
    """When the units of the newest round had all finished, although their results may still be reviewed; None before that."""
    newest = max((order.round for order in orders), default=0)
    round_ = [order for order in orders if order.round == newest and order.status in COUNTING]
    moments = [order.handled_at for order in round_ if order.handled_at is not None]
    led = any(order.role == "lead" for order in round_)
    return max(moments) if led and len(moments) == len(round_) else None


def orders_of(session: Session, case_nos: Collection[str]) -> Mapping[str, list[LampOrder]]:
    """The work orders of some cases in their order, with one statement (none for no case)."""
    found: dict[str, list[LampOrder]] = defaultdict(list)
    if case_nos:
        for row in session.execute(select(*LAMP_COLUMNS).where(ORDER.c.case_no.in_(sorted(case_nos))).order_by(ORDER.c.number)):
            order = LampOrder._make(row)
            found[order.case_no].append(order)
    return found
