"""Work orders go to the unit's own system as signed CloudEvents (E08)."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session, sessionmaker
from standardwebhooks import Webhook

from connectors.oa.client import OaSender
from engine.jobs.dispatch import dispatch_due
from engine.jobs.local import LocalQueue
from engine.outbox.deliver import Deliverer
from engine.outbox.errors import Refused
from engine.outbox.models import DONE, WAITING, Delivery
from processes.casefile.models import Case
from processes.registry.units.models import Unit
from tests.contract.connectors.conftest import SECRET, Step
from tests.fixtures.gateway import Gateway


def event(gateway: Gateway) -> Any:
    (request,) = gateway.requests
    return Webhook(SECRET).verify(request.body, dict(request.headers))


def send(sessions: sessionmaker[Session], step: Step) -> str:
    with sessions() as session:
        delivery = session.scalars(select(Delivery)).one()
    OaSender(sessions)(delivery.id, delivery.body)
    return delivery.id


def test_a_work_order_arrives_as_a_signed_cloudevent(step: Step, sessions: sessionmaker[Session], gateway: Gateway) -> None:
    number = f"{step.case_no}-01"
    assert step.run("oa.push", work_order=number) == {"pushed": True}
    step.session.commit()
    delivery_id = send(sessions, step)
    arrived = event(gateway)
    assert (arrived["specversion"], arrived["id"], arrived["type"], arrived["subject"]) == (
        "1.0",
        delivery_id,
        "bihuan.work_order.dispatched",
        number,
    )
    data = arrived["data"]
    assert (data["work_order"], data["role"], data["due_at"]) == (number, "lead", "2026-03-09T01:00:00+00:00")
    assert gateway.requests[0].headers["content-type"] == "application/cloudevents+json"
    assert gateway.requests[0].headers["webhook-id"] == delivery_id


def test_numbers_are_masked_and_the_citizen_not_named(step: Step, sessions: sessionmaker[Session], gateway: Gateway) -> None:
    step.run("oa.push", work_order=f"{step.case_no}-01")
    step.session.commit()
    send(sessions, step)
    data = event(gateway)["data"]
    assert data["citizen_phone"] == "138****8000"
    assert "13900139000" not in data["content"]
    assert "name" not in data


def test_a_confidential_case_does_not_say_whose_it_is(step: Step, sessions: sessionmaker[Session], gateway: Gateway) -> None:
    step.session.execute(update(Case).values(confidential=True))
    step.run("oa.push", work_order=f"{step.case_no}-01")
    step.session.commit()
    send(sessions, step)
    data = event(gateway)["data"]
    assert (data["confidential"], data["citizen_phone"], data["address"]) == (True, None, None)


def test_a_unit_without_an_oa_is_not_pushed_to(step: Step, session: Session) -> None:
    assert step.run("oa.push", work_order=f"{step.case_no}-02") == {"pushed": False}
    assert session.scalars(select(Delivery)).all() == []


def test_an_order_is_pushed_once(step: Step, session: Session) -> None:
    step.run("oa.push", work_order=f"{step.case_no}-01")
    step.run("oa.push", work_order=f"{step.case_no}-01")
    assert len(session.scalars(select(Delivery)).all()) == 1


@pytest.mark.parametrize(("column", "what"), [("callback_secret", "secret"), ("oa_url", "address")])
def test_what_the_administrator_has_not_set_is_for_a_person(step: Step, sessions: sessionmaker[Session], column: str, what: str) -> None:
    step.run("oa.push", work_order=f"{step.case_no}-01")
    step.session.execute(update(Unit).values({column: None}))
    step.session.commit()
    with pytest.raises(Refused, match=what):
        send(sessions, step)


def test_an_oa_that_was_down_gets_the_order_after_its_recovery(
    database: Engine, step: Step, sessions: sessionmaker[Session], gateway: Gateway
) -> None:
    gateway.answers.append(503)
    step.run("oa.push", work_order=f"{step.case_no}-01")
    step.session.commit()
    queue = LocalQueue(database)
    deliver = Deliverer(database, queue, {"oa": OaSender(sessions)})
    states = []
    for _ in range(2):
        with sessions.begin() as session:
            dispatch_due(session, queue, step.clock.now, 100)
        with sessions() as session:
            delivery_id = session.scalars(select(Delivery.id)).one()
        deliver(delivery_id)
        with sessions() as session:
            states.append(session.get_one(Delivery, delivery_id).state)
        step.clock.advance(seconds=5)
    assert states == [WAITING, DONE]
    first, second = gateway.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_a_unit_with_an_oa_is_told_to_stop_and_once(step: Step, sessions: sessionmaker[Session], gateway: Gateway) -> None:
    number = f"{step.case_no}-01"
    assert [step.run("oa.recall", work_order=number) for _ in range(2)] == [{"pushed": True}] * 2
    step.session.commit()
    send(sessions, step)
    arrived = event(gateway)
    assert (arrived["type"], arrived["subject"]) == ("bihuan.work_order.withdrawn", number)
    assert set(arrived["data"]) == {"work_order", "case_no", "unit", "withdrawn_at"}


def test_a_unit_without_an_oa_has_nothing_to_recall(step: Step, session: Session) -> None:
    assert step.run("oa.recall", work_order=f"{step.case_no}-02") == {"pushed": False}
    assert session.scalars(select(Delivery)).all() == []
