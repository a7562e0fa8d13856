"""A delivery through the embedded queue: few transactions, and nobody's trouble stands in the way of another."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from engine import crypto
from engine.jobs import claims, stages
from engine.jobs.claims import Outcome, Retry
from engine.jobs.dispatch import dispatch_due
from engine.jobs.local import LocalQueue
from engine.jobs.models import DEAD, Job
from engine.outbox.backoff import Backoff
from engine.outbox.deliver import Attempt, Deliverer
from engine.outbox.models import DONE, Delivery, Incident
from engine.registry import Sender
from tests.contract.jobs.recorder import soon
from tests.contract.outbox.conftest import Put
from tests.fixtures.gateway import Gateway

PATIENCE = 20.0
LATER = datetime(2100, 1, 1, tzinfo=UTC)
AT_ONCE = Backoff(first=timedelta(0), ceiling=timedelta(0), attempts=2)


@pytest.fixture
def commits(database: Engine) -> Iterator[list[str]]:
    """The transactions that wrote something, by their first writing statement."""
    written: list[str] = []
    first: dict[Any, str] = {}

    def note(connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        if text.lstrip().startswith(("INSERT", "UPDATE", "DELETE", "WITH")):
            first.setdefault(connection, text)

    def commit(connection: Any) -> None:
        if connection in first:
            written.append(first.pop(connection))

    event.listen(database, "before_cursor_execute", note)
    event.listen(database, "commit", commit)
    yield written
    event.remove(database, "before_cursor_execute", note)
    event.remove(database, "commit", commit)


def states(sessions: sessionmaker[Session]) -> dict[str, str]:
    with sessions() as session:
        return {row.id: row.state for row in session.execute(select(Delivery.id, Delivery.state))}


def test_a_message_costs_two_transactions_beside_the_one_that_put_it(
    queue: LocalQueue, deliverer: Deliverer, put: Put, gateway: Gateway, sessions: sessionmaker[Session], commits: list[str]
) -> None:
    queue.start({"deliver": deliverer})
    assert queue.active.wait(PATIENCE)
    commits.clear()
    delivery_id = put({"n": 1})
    gateway.until(1)
    assert queue.wait_idle(PATIENCE)
    queue.stop()
    assert states(sessions) == {delivery_id: DONE}
    assert len([text for text in commits if not text.startswith("INSERT INTO delivery")]) == 2, "\n".join(commits)


def test_a_body_that_cannot_be_opened_becomes_an_incident_and_holds_up_nobody(
    database: Engine, queue: LocalQueue, sender: Sender, put: Put, gateway: Gateway, sessions: sessionmaker[Session]
) -> None:
    broken, whole = put({"n": 1}, case="A"), put({"n": 2}, case="B")
    with sessions.begin() as session:
        spoil = text("update delivery set body = :body where id = :id")
        session.execute(spoil, {"body": crypto.Cipher("another key altogether").seal(b"{}"), "id": broken})
    queue.start({"deliver": Deliverer(database, queue, {"oa": sender}, AT_ONCE)})
    gateway.until(1)
    assert soon(lambda: states(sessions) == {broken: DEAD, whole: DONE})
    assert list(gateway.accepted) == [whole]
    with sessions() as session:
        assert session.scalars(select(Incident.delivery_id)).all() == [broken]


class Clumsy(Deliverer):
    """Fails to write down how a delivery of case A went."""

    def end(self, session: Session, attempt: Attempt, failure: Exception | None, /) -> None:
        """Fail for case A."""
        if attempt.business_key == "A":
            raise RuntimeError("a bug in our own house")
        super().end(session, attempt, failure)


def test_what_goes_wrong_in_settling_one_job_is_that_jobs_alone(
    database: Engine, put: Put, sender: Sender, gateway: Gateway, sessions: sessionmaker[Session]
) -> None:
    queue = LocalQueue(database, tick=timedelta(seconds=0.05), retry=Retry(attempts=2, pause=timedelta(0)))
    broken, whole = put({"n": 1}, case="A"), put({"n": 2}, case="B")
    queue.start({"deliver": Clumsy(database, queue, {"oa": sender})})
    try:
        assert soon(lambda: states(sessions)[whole] == DONE)
        assert queue.wait_idle(PATIENCE)
    finally:
        queue.stop()
    assert set(gateway.accepted) == {broken, whole}
    with sessions() as session:
        assert [(job.state, job.attempts, job.error) for job in session.scalars(select(Job))] == [(DEAD, 2, "RuntimeError")]


@pytest.mark.parametrize("sent", [False, True], ids=["before it was sent", "after it was sent"])
def test_killed_between_its_two_transactions_a_delivery_is_sent_again_and_counted_once(
    queue: LocalQueue, deliverer: Deliverer, put: Put, gateway: Gateway, sessions: sessionmaker[Session], sent: bool
) -> None:
    delivery_id = put({"n": 1})
    handlers, rooms, retry = {"deliver": deliverer}, {"deliver": 1}, Retry()
    with sessions.begin() as session:
        dispatch_due(session, queue, LATER, 100)
        (taken,) = stages.turn(session, handlers, [], rooms, retry)
    if sent:
        assert deliverer.run(taken.begun) is None
    with sessions.begin() as session:  # the process is dead, another begins
        assert claims.take_up_again(session) == 1
        (again,) = stages.turn(session, handlers, [], rooms, retry)
    outcome = Outcome(again, None, deliverer.run(again.begun))
    with sessions.begin() as session:
        assert stages.turn(session, handlers, [outcome], rooms, retry) == []
    assert list(gateway.accepted) == [delivery_id]
    assert states(sessions) == {delivery_id: DONE}
    with sessions() as session:
        assert session.get_one(Delivery, delivery_id).attempts == 2
        assert session.scalars(select(Job)).all() == []


def test_a_job_whose_delivery_is_done_is_settled_without_being_run(
    queue: LocalQueue, deliverer: Deliverer, put: Put, sessions: sessionmaker[Session], gateway: Gateway
) -> None:
    delivery_id = put({"n": 1})
    with sessions.begin() as session:
        dispatch_due(session, queue, LATER, 100)
        session.execute(update(Delivery).values(state=DONE))
    with sessions.begin() as session:
        assert stages.turn(session, {"deliver": deliverer}, [], {"deliver": 4}, Retry()) == []
    assert states(sessions) == {delivery_id: DONE}
    assert gateway.requests == []
    with sessions() as session:
        assert session.scalars(select(Job)).all() == []
