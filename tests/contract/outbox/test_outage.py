"""The whole way, with the real queue and a real receiver that is away for a while (E08)."""

from datetime import timedelta

import orjson
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from engine.jobs.local import LocalQueue
from engine.outbox.backoff import Backoff
from engine.outbox.deliver import Deliverer
from engine.outbox.models import DONE, Delivery
from engine.registry import Sender
from tests.contract.outbox.conftest import Put
from tests.fixtures.gateway import Gateway

CASES, EACH = 4, 5


def test_after_an_outage_everything_arrives_once_and_in_order_per_case(
    database: Engine, queue: LocalQueue, sender: Sender, put: Put, gateway: Gateway, sessions: sessionmaker[Session]
) -> None:
    gateway.answers.extend([503] * 30)
    for number in range(CASES * EACH):
        put({"case": number % CASES, "n": number}, case=f"case-{number % CASES}")
    impatient = Backoff(first=timedelta(0), ceiling=timedelta(0), attempts=100)
    queue.start({"deliver": Deliverer(database, queue, {"oa": sender}, impatient)})
    gateway.until(30 + CASES * EACH)
    assert queue.wait_idle(20)
    bodies = [orjson.loads(body) for body in gateway.accepted.values()]
    assert len(bodies) == CASES * EACH
    for case in range(CASES):
        assert [body["n"] for body in bodies if body["case"] == case] == list(range(case, CASES * EACH, CASES))
    with sessions() as session:
        assert session.scalar(select(func.count()).where(Delivery.state == DONE)) == CASES * EACH
