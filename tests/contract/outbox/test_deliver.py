"""One delivery from the outbox to the receiver, attempt by attempt."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from engine.actor import Actor
from engine.errors import Invalid, NotFound, StepFailed
from engine.jobs.dispatch import dispatch_due
from engine.jobs.local import LocalQueue
from engine.jobs.models import Job
from engine.outbox import incidents, settling
from engine.outbox.backoff import Backoff
from engine.outbox.deliver import Deliverer
from engine.outbox.models import CANCELLED, DEAD, DONE, OPEN, RESOLVED, RETRIED, WAITING, Delivery, Incident
from engine.outbox.origin import Origin
from engine.outbox.settling import AlreadyHandled, NotPossible
from engine.registry import Registry, Sender
from engine.runtime.engine import Engine as ProcessEngine
from engine.timers.models import FAILED, Timer
from tests.contract.outbox.conftest import BACKOFF, Put
from tests.fixtures.clocks import Clock
from tests.fixtures.gateway import HANG, Gateway

CLERK = Actor("admin1")


class Outbox:
    """Moves deliveries as the dispatcher and the job queue would, on the test's own clock."""

    def __init__(self, sessions: sessionmaker[Session], queue: LocalQueue, deliverer: Deliverer, clock: Clock) -> None:
        self.sessions, self.queue, self.deliverer, self.clock = sessions, queue, deliverer, clock

    def run(self) -> None:
        """Send everything that is due now."""
        with self.sessions.begin() as session:
            dispatch_due(session, self.queue, self.clock.now, 100)
        while job := self._take():
            self.deliverer(**job)

    def _take(self) -> Mapping[str, Any] | None:
        with self.sessions.begin() as session:
            job = session.scalars(select(Job).order_by(Job.id).limit(1)).one_or_none()
            if job is not None:
                session.delete(job)
            return job.args if job else None

    def delivery(self, delivery_id: str) -> Delivery:
        with self.sessions() as session:
            return session.get_one(Delivery, delivery_id)

    def settle(self, incident_id: int, action: str, reason: str = "") -> None:
        ProcessEngine(self.sessions, Registry()).transact(CLERK, lambda work: settling.settle(work, incident_id, action, reason))

    def incident(self) -> Incident:
        with self.sessions() as session:
            return session.scalars(select(Incident)).one()


@pytest.fixture
def outbox(sessions: sessionmaker[Session], queue: LocalQueue, deliverer: Deliverer, clock: Clock) -> Outbox:
    return Outbox(sessions, queue, deliverer, clock)


def test_a_delivery_arrives_with_its_id_as_idempotency_key(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    delivery_id = put({"work_order": "A-1"})
    outbox.run()
    assert gateway.accepted == {delivery_id: b'{"work_order":"A-1"}'}
    delivery = outbox.delivery(delivery_id)
    assert (delivery.state, delivery.attempts, delivery.settled_at) == (DONE, 1, outbox.clock.now)


def test_no_transaction_is_open_while_it_is_sent(database: Engine, queue: LocalQueue, outbox: Outbox, put: Put) -> None:
    def write_meanwhile(delivery_id: str, body: Mapping[str, Any]) -> None:
        with outbox.sessions.begin() as session:  # SQLite would wait half a minute for the lock, and fail
            session.get_one(Delivery, delivery_id).last_error = "seen"

    outbox.deliverer = Deliverer(database, queue, {"oa": write_meanwhile})
    delivery_id = put({})
    outbox.run()
    assert outbox.delivery(delivery_id).state == DONE


def test_failures_are_retried_with_exponential_and_bounded_pauses(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    gateway.answers.extend([500, 503, HANG])
    delivery_id = put({})
    for attempts, pause in ((1, 10), (2, 20), (3, 40)):
        outbox.run()
        delivery = outbox.delivery(delivery_id)
        assert (delivery.state, delivery.attempts) == (WAITING, attempts)
        assert delivery.due_at == outbox.clock.now + timedelta(seconds=pause)
        outbox.run()
        assert len(gateway.requests) == attempts, "nothing is sent before its time"
        outbox.clock.advance(seconds=pause)
    outbox.run()
    assert outbox.delivery(delivery_id).state == DONE
    assert len({request.headers["idempotency-key"] for request in gateway.requests}) == 1


def test_a_receivers_wish_to_wait_longer_is_heard(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    gateway.answers.append((429, {"Retry-After": "300"}))
    delivery_id = put({})
    outbox.run()
    assert outbox.delivery(delivery_id).due_at == outbox.clock.now + timedelta(minutes=5)


def test_after_the_last_attempt_a_person_is_asked_and_can_retry(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    gateway.answers.extend([500] * BACKOFF.attempts)
    delivery_id = put({})
    for _ in range(BACKOFF.attempts):
        outbox.run()
        outbox.clock.advance(minutes=1)
    assert outbox.delivery(delivery_id).state == DEAD
    incident = outbox.incident()
    assert (incident.state, incident.kind, incident.cause, incident.business_key) == (OPEN, "delivery", "retry-later", "A")
    assert (incident.message, incident.message_en) == ("127.0.0.1 应答 500。", "127.0.0.1 answered 500.")
    with outbox.sessions.begin() as session:
        assert [each.id for each in incidents.found(session, incidents.Wanted())] == [incident.id]
    outbox.settle(incident.id, "retry")
    assert outbox.incident().state == RETRIED
    assert outbox.incident().closed_by == "admin1"
    outbox.run()
    assert outbox.delivery(delivery_id).state == DONE
    assert outbox.incident().state == RESOLVED


def test_a_refusal_is_an_incident_at_once(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    gateway.answers.append(422)
    delivery_id = put({})
    outbox.run()
    delivery = outbox.delivery(delivery_id)
    assert (delivery.state, delivery.attempts, delivery.last_error) == (DEAD, 1, "127.0.0.1 应答 422。 127.0.0.1 answered 422.")
    assert outbox.incident().cause == "refused"


def test_a_redirect_is_not_followed(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    gateway.answers.append((302, {"Location": gateway.url}))
    assert put({})
    outbox.run()
    assert len(gateway.requests) == 1
    assert outbox.incident().cause == "refused"


def test_an_unknown_connector_is_an_incident(outbox: Outbox, put: Put) -> None:
    delivery_id = put({}, connector="pigeon")
    outbox.run()
    assert outbox.delivery(delivery_id).state == DEAD
    assert "pigeon" in outbox.incident().message_en


def test_a_cancelled_delivery_is_never_sent(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    gateway.answers.append(400)
    delivery_id = put({})
    outbox.run()
    incident = outbox.incident()
    with pytest.raises(Invalid) as refusal:
        outbox.settle(incident.id, "cancel", " ")
    assert set(refusal.value.errors) == {"reason"}
    outbox.settle(incident.id, "cancel", "号码已注销")
    outbox.run()
    assert outbox.delivery(delivery_id).state == CANCELLED
    assert (outbox.incident().state, outbox.incident().reason) == (CANCELLED, "号码已注销")
    assert len(gateway.requests) == 1


def test_an_incident_is_handled_once(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    gateway.answers.append(400)
    put({})
    outbox.run()
    incident = outbox.incident()
    outbox.settle(incident.id, "retry")
    with pytest.raises(AlreadyHandled):
        outbox.settle(incident.id, "retry")
    with pytest.raises(NotFound):
        outbox.settle(4711, "skip", "没有用")


def test_a_delivery_that_fails_again_after_a_retry_is_the_same_incident(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    gateway.answers.extend([400, 400])
    put({})
    outbox.run()
    first = outbox.incident()
    outbox.settle(first.id, "retry")
    outbox.clock.advance(minutes=1)
    outbox.run()
    again = outbox.incident()
    assert (again.id, again.state, again.times, again.last_at) == (first.id, OPEN, 2, outbox.clock.now)
    assert again.created_at < again.last_at


def test_retrying_what_an_unreadable_instance_left_lets_its_timer_row_wait_again(outbox: Outbox) -> None:
    now = outbox.clock.now
    with outbox.sessions.begin() as session:
        for instance_id in (7, 8):
            session.add(Timer(instance_id=instance_id, task_id=1, element_id="watch", due_at=now, state=FAILED))
        came = Origin("timer", 7, 1)
        incident_id = incidents.report(session, "step", StepFailed(), now, instance_id=7, element_id="watch", origin=came).id
    with pytest.raises(NotPossible):
        outbox.settle(incident_id, "skip", "越过它")
    outbox.settle(incident_id, "retry")
    with outbox.sessions() as session:
        assert {timer.instance_id: timer.state for timer in session.scalars(select(Timer))} == {7: WAITING, 8: FAILED}


def test_a_later_delivery_of_the_case_waits_for_the_earlier_one(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    gateway.answers.extend([500, 202])
    for case, number in (("A", 1), ("A", 2), ("B", 3)):
        put({"n": number}, case=case)
    outbox.run()
    assert [request.body for request in gateway.requests] == [b'{"n":1}', b'{"n":3}'], "B is not A's business"
    outbox.clock.advance(seconds=10)
    outbox.run()
    assert [request.body for request in gateway.requests][2:] == [b'{"n":1}', b'{"n":2}'], "the second follows in the same run"


def test_a_refused_delivery_does_not_hold_up_its_case(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    gateway.answers.append(400)
    put({"n": 1})
    put({"n": 2})
    outbox.run()
    assert list(gateway.accepted.values()) == [b'{"n":2}']


def test_killed_after_sending_it_is_sent_again_and_counted_once(
    database: Engine, queue: LocalQueue, sender: Sender, outbox: Outbox, put: Put, gateway: Gateway
) -> None:
    def send_and_die(delivery_id: str, body: Mapping[str, Any]) -> None:
        sender(delivery_id, body)
        raise SystemExit  # stands for kill -9: nothing is written down

    delivery_id = put({"n": 1})
    with outbox.sessions.begin() as session:
        dispatch_due(session, queue, outbox.clock.now, 100)
    with pytest.raises(SystemExit):
        Deliverer(database, queue, {"oa": send_and_die})(delivery_id)
    outbox.run()
    assert len(gateway.requests) == 2
    assert gateway.accepted == {delivery_id: b'{"n":1}'}
    assert (outbox.delivery(delivery_id).state, outbox.delivery(delivery_id).attempts) == (DONE, 2)


def test_a_doubled_job_finds_its_work_done(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    delivery_id = put({})
    outbox.run()
    outbox.deliverer(delivery_id)
    assert len(gateway.requests) == 1


def test_an_overtaken_attempt_does_not_undo_the_newer_one(
    database: Engine, queue: LocalQueue, outbox: Outbox, put: Put, gateway: Gateway
) -> None:
    delivery_id = put({})

    def overtaken(delivery_id: str, body: Mapping[str, Any]) -> None:
        outbox.deliverer(delivery_id)
        raise TimeoutError

    slow = Deliverer(database, queue, {"oa": overtaken})
    with outbox.sessions.begin() as session:
        dispatch_due(session, queue, outbox.clock.now, 100)
    slow(delivery_id)
    assert outbox.delivery(delivery_id).state == DONE
    assert len(gateway.requests) == 1


def test_the_same_key_is_one_delivery(outbox: Outbox, put: Put, gateway: Gateway) -> None:
    first = put({"text": "已受理"}, key="accepted")
    assert put({"text": "已受理"}, key="accepted") == first
    assert put({"text": "已受理"}, case="B", key="accepted") != first
    outbox.run()
    assert len(gateway.requests) == 2


def test_a_body_is_encrypted_at_rest(outbox: Outbox, put: Put) -> None:
    put({"to": "13800000000"})
    with outbox.sessions() as session:
        stored = bytes(session.execute(text("select body from delivery")).scalar_one())
    assert b"13800000000" not in stored


@pytest.mark.parametrize(("attempts", "pause"), [(1, 5), (2, 10), (7, 320), (8, 600), (39, 600)])
def test_the_pauses_double_up_to_ten_minutes(attempts: int, pause: int) -> None:
    assert Backoff().pause(attempts) == timedelta(seconds=pause)


def test_the_last_attempt_has_no_pause_after_it() -> None:
    assert Backoff().pause(40) is None
