"""What must hold after such a day; each check answers the list of its violations."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.history import steps
from engine.history.models import History
from engine.instances.models import Instance
from engine.outbox.models import DONE, OPEN, Delivery, Incident
from tests.cluster.day import DueTime
from tests.fixtures.gateway import Gateway

Told = dict[tuple[int, str], Counter[datetime]]


def not_ended(session: Session, opened: Iterable[str]) -> list[str]:
    """Acknowledged cases with an instance that did not end as its diagram says."""
    states = defaultdict(set)
    for case_no, status in session.execute(select(Instance.business_key, Instance.status)):
        states[case_no].add(status)
    return [f"{case_no}: {sorted(states[case_no])}" for case_no in opened if states[case_no] != {"ended"}]


def fired_twice(session: Session) -> list[str]:
    """Timers that fired more than once for one due time."""
    fired, _over = _timers(session)
    return [
        f"{instance} {element} due {due}: fired {count} times"
        for (instance, element), times in fired.items()
        for due, count in times.items()
        if count != 1
    ]


def never_fired(session: Session, due: Iterable[DueTime]) -> list[str]:
    """Timers that the clock has passed, that did not fire and whose element was not over before."""
    fired, over = _timers(session)
    return [
        f"{instance} {element} due {moment}"
        for instance, element, moment in due
        if not fired.get((instance, element), Counter())[moment] and (instance, element) not in over
    ]


def timers_fired(session: Session) -> int:
    """How many timers fired in all."""
    fired, _over = _timers(session)
    return sum(sum(times.values()) for times in fired.values())


def wrong_deliveries(session: Session, gateway: Gateway) -> list[str]:
    """Deliveries that the receiver does not have exactly once in effect: by its key, always with the same body."""
    ids = set(session.scalars(select(Delivery.id)))
    undone = [f"{row.id}: {row.state} {row.last_error}" for row in session.scalars(select(Delivery).where(Delivery.state != DONE))]
    with gateway.arrived:
        taken = set(gateway.accepted)
        bodies: dict[str, set[bytes]] = defaultdict(set)
        for request in gateway.requests:
            key = request.headers.get("idempotency-key") or request.headers.get("webhook-id") or ""
            bodies[key].add(request.body)
    lost = [f"{delivery}: never arrived" for delivery in ids - taken]
    foreign = [f"{key}: of no delivery" for key in taken - ids]
    changed = [f"{key}: {len(texts)} different texts" for key, texts in bodies.items() if len(texts) > 1]
    return undone + lost + foreign + changed


def incidents(session: Session) -> list[str]:
    """What still waits for a person."""
    rows = session.scalars(select(Incident).where(Incident.state == OPEN))
    return [f"{row.kind} {row.business_key} {row.element_id}: {row.message_en}" for row in rows]


def _timers(session: Session) -> tuple[Told, set[tuple[int, str]]]:
    """How often each element's timer fired for which due time, and the elements that were cancelled or left."""
    fired: Told = defaultdict(Counter)
    over: set[tuple[int, str]] = set()
    for instance, data in session.execute(select(History.instance_id, History.data)):
        for packed in orjson.loads(data)["steps"]:
            kind, element, _flow, _definition, facts = steps.unpack(packed)
            if element is None:
                continue
            if kind == "timer":
                fired[instance, element][datetime.fromisoformat(facts["due"])] += 1
            elif kind == "cancelled":
                over.add((instance, element))
    return fired, over
