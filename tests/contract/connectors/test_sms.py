"""Text messages to citizens and units (C33, C17)."""

import json

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session, sessionmaker

from api.web import words
from connectors.sms import receivers, services
from connectors.sms.client import HttpGateway
from connectors.sms.mailbox import Mailbox
from connectors.sms.models import MailboxMessage
from connectors.sms.provider import NoGateway, Sms, SmsProvider, SmsSender
from engine.actor import Actor
from engine.jobs.dispatch import dispatch_due
from engine.jobs.local import LocalQueue
from engine.outbox.deliver import Deliverer
from engine.outbox.errors import Refused, RetryLater
from engine.outbox.models import Delivery, Incident
from processes.casefile import links
from processes.casefile.models import Case
from processes.registry.citizens import services as citizens
from tests import factories
from tests.contract.connectors.conftest import CENTRE_PHONE, CITIZEN_PHONE, UNIT_PHONE, Step
from tests.fixtures.gateway import HANG, Gateway

SMS = Sms(CITIZEN_PHONE, "【12345政务服务便民热线】您反映的事项已受理。", "TS20260302ABCDEFGH", "accepted", "citizen")
SIGNED = "【12345政务服务便民热线】"


def bodies(session: Session) -> list[dict[str, str]]:
    return [delivery.body for delivery in session.scalars(select(Delivery).order_by(Delivery.seq))]


def test_three_events_are_told_to_both_sides_and_logged(step: Step, session: Session) -> None:
    for template in ("accepted", "transferred", "closed"):
        step.run("sms.send", to="citizen", template=template)
        step.run("sms.send", to="unit", template=template)
    told = services.of_case(session, step.case_no)
    assert [(each.template, each.side, each.receiver, each.state, each.reason) for each in told if each.receiver != "housing"] == [
        (template, side, receiver, "waiting", None)
        for template in ("accepted", "transferred", "closed")
        for side, receiver in (("citizen", ""), ("unit", "water"))
    ]
    assert {(each.state, each.reason) for each in told if each.receiver == "housing"} == {("unsent", "no_phone")}


def test_a_citizens_message_names_the_case_and_nothing_personal(step: Step, session: Session) -> None:
    step.run("sms.send", to="citizen", template="transferred")
    (body,) = bodies(session)
    assert body["to"] == CITIZEN_PHONE
    assert body["text"] == f"{SIGNED}您反映的事项（编号TS20260302ABCDEFGH）已转自来水公司办理，办理期限3月9日09:00。"
    (told,) = services.of_case(session, step.case_no)
    assert (told.phone, told.template, told.text) == ("138****8000", "transferred", body["text"])


def test_in_a_work_orders_process_only_its_unit_is_told(step: Step, session: Session) -> None:
    step.variables["work_order"] = f"{step.case_no}-01"
    assert step.run("sms.send", to="unit", template="dispatched") == {"sent": 1, "unsent": 0}
    (body,) = bodies(session)
    assert body["to"] == UNIT_PHONE
    assert body["text"] == f"{SIGNED}您单位收到转办单TS20260302ABCDEFGH-01，办理期限3月9日09:00，请在30分钟内确认。"


def test_the_centre_is_told_by_its_duty_number(step: Step, session: Session) -> None:
    step.run("sms.send", to="centre", template="urge")
    step.run("sms.send", to="centre", template="red")
    assert {body["to"] for body in bodies(session)} == {CENTRE_PHONE}
    assert bodies(session)[1]["text"] == f"{SIGNED}案件TS20260302ABCDEFGH（红灯）需要处理，请登录系统查看。"


@pytest.mark.parametrize("template", ["ack_late", "near_due", "overdue", "supervise", "red"])
def test_what_is_the_units_business_is_not_told_to_citizens(step: Step, session: Session, template: str) -> None:
    assert step.run("sms.send", to="citizen", template=template) == {"sent": 0, "unsent": 1}
    assert services.of_case(session, step.case_no)[0].reason == "no_text"


def test_an_anonymous_citizen_is_recorded_as_not_told(step: Step, session: Session) -> None:
    session.execute(update(Case).values(citizen_id=None))
    assert step.run("sms.send", to="citizen", template="accepted") == {"sent": 0, "unsent": 1}
    assert [(each.state, each.reason) for each in services.of_case(session, step.case_no)] == [("unsent", "anonymous")]
    assert bodies(session) == []


def test_who_opted_out_is_recorded_as_not_told_until_they_opt_in(step: Step, session: Session) -> None:
    citizens.opt_out(session, "138 0013 8000", Actor("agent1"), step.clock.now)
    step.run("sms.send", to="citizen", template="accepted")
    citizens.opt_in(session, CITIZEN_PHONE)
    step.run("sms.send", to="citizen", template="closed")
    assert [(each.template, each.reason) for each in services.of_case(session, step.case_no)] == [
        ("accepted", "opted_out"),
        ("closed", None),
    ]


@pytest.fixture
def neighbours(step: Step) -> list[str]:
    """Cases merged into the one at hand: a neighbour's, a second one of the same caller, and an anonymous one."""
    numbers = []
    factories.use(step.session)
    for place, phone in enumerate(("13900139000", CITIZEN_PHONE, None)):
        citizen = None if phone is None else citizens.remember(step.session, "李小红", phone, step.clock.now)
        number = f"TS20260302NEIGHBR{place}"
        factories.CaseFactory.create(case_no=number, citizen_id=citizen, opened_at=step.clock.now)
        links.join(step.session, number, step.case_no, links.MERGE, step.clock.now, "agent1")
        numbers.append(number)
    return numbers


def test_all_callers_of_merged_cases_are_told_once_each(step: Step, session: Session, neighbours: list[str]) -> None:
    assert step.run("sms.send", to="callers", template="closed") == {"sent": 2, "unsent": 2}
    told = {number: services.of_case(session, number)[0] for number in (step.case_no, *neighbours)}
    assert [(one.side, one.reason) for one in told.values()] == [
        ("citizen", None),
        ("citizen", None),
        ("citizen", "told_already"),
        ("citizen", "anonymous"),
    ]
    assert {(body["to"], body["case_no"]) for body in bodies(session)} == {(CITIZEN_PHONE, step.case_no), ("13900139000", neighbours[0])}
    assert neighbours[0] in told[neighbours[0]].text


def test_a_caller_of_a_merged_case_who_opted_out_is_not_told(step: Step, session: Session, neighbours: list[str]) -> None:
    citizens.opt_out(session, "13900139000", Actor("agent1"), step.clock.now)
    assert step.run("sms.send", to="callers", template="closed") == {"sent": 1, "unsent": 3}
    assert services.of_case(session, neighbours[0])[0].reason == "opted_out"


def test_only_the_cases_own_citizen_is_told_what_is_said_to_a_citizen(step: Step, session: Session, neighbours: list[str]) -> None:
    step.run("sms.send", to="citizen", template="transferred")
    assert [body["case_no"] for body in bodies(session)] == [step.case_no]
    assert all(services.of_case(session, number) == [] for number in neighbours)


def test_every_reason_has_words_for_people() -> None:
    assert set(words.UNSENT) == receivers.REASONS


def test_before_the_dispatch_there_is_no_unit_to_tell(step: Step, session: Session) -> None:
    step.variables["work_order"] = f"{step.case_no}-99"
    assert step.run("sms.send", to="unit", template="accepted") == {"sent": 0, "unsent": 1}
    assert services.of_case(session, step.case_no)[0].reason == "no_unit"


def test_a_side_there_is_not_fails_the_step(step: Step) -> None:
    with pytest.raises(ValueError, match="neighbour"):
        step.run("sms.send", to="neighbour", template="accepted")


def test_a_rolled_back_step_tells_nobody(step: Step, sessions: sessionmaker[Session]) -> None:
    step.run("sms.send", to="citizen", template="accepted")
    step.session.rollback()
    with sessions() as session:
        assert services.of_case(session, step.case_no) == []
        assert bodies(session) == []


def send_all(database: Engine, sessions: sessionmaker[Session], provider: SmsProvider, step: Step) -> None:
    queue = LocalQueue(database)
    deliver = Deliverer(database, queue, {"sms": SmsSender(provider)})
    with sessions.begin() as session:
        dispatch_due(session, queue, step.clock.now, 100)
    with sessions() as session:
        waiting = [delivery.id for delivery in session.scalars(select(Delivery))]
    for delivery_id in waiting:
        deliver(delivery_id)


def test_the_demos_mailbox_shows_what_would_be_sent(database: Engine, sessions: sessionmaker[Session], step: Step) -> None:
    step.run("sms.send", to="citizen", template="accepted")
    step.session.commit()
    send_all(database, sessions, Mailbox(sessions), step)
    with sessions() as session:
        (message,) = session.scalars(select(MailboxMessage))
        assert (message.phone, message.side, message.template, message.received_at) == (
            CITIZEN_PHONE,
            "citizen",
            "accepted",
            step.clock.now,
        )
        (told,) = services.of_case(session, step.case_no)
    assert (told.state, told.attempts, told.settled_at) == ("sent", 1, step.clock.now)


def test_the_mailbox_counts_a_key_once(sessions: sessionmaker[Session]) -> None:
    for _ in range(2):
        Mailbox(sessions).send("msg_1", SMS)
    with sessions() as session:
        assert len(session.scalars(select(MailboxMessage)).all()) == 1


def test_the_gateway_gets_json_with_a_key_and_a_password(gateway: Gateway) -> None:
    HttpGateway(gateway.url, "gateway-key").send("msg_1", SMS)
    (request,) = gateway.requests
    assert json.loads(request.body) == {"to": CITIZEN_PHONE, "text": SMS.text, "template": "accepted", "reference": SMS.case_no}
    assert request.headers["authorization"] == "Bearer gateway-key"
    assert request.headers["idempotency-key"] == "msg_1"
    assert request.headers["content-type"] == "application/json"


def test_the_log_has_the_masked_number_only(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    HttpGateway(gateway.url, "gateway-key").send("msg_1", SMS)
    printed = capsys.readouterr().out
    assert CITIZEN_PHONE not in printed
    assert "138****8000" in printed


def test_a_gateway_that_hangs_is_tried_again(gateway: Gateway) -> None:
    gateway.answers.append(HANG)
    impatient = HttpGateway(gateway.url, "gateway-key", read_seconds=0.1)
    with pytest.raises(RetryLater):
        impatient.send("msg_1", SMS)
    impatient.send("msg_1", SMS)
    assert list(gateway.accepted) == ["msg_1"]


def test_a_number_the_gateway_refuses_shows_as_failed(
    database: Engine, sessions: sessionmaker[Session], step: Step, gateway: Gateway
) -> None:
    gateway.answers.append(422)
    step.run("sms.send", to="citizen", template="accepted")
    step.session.commit()
    send_all(database, sessions, HttpGateway(gateway.url, "gateway-key"), step)
    with sessions() as session:
        assert services.of_case(session, step.case_no)[0].state == "failed"
        assert session.scalars(select(Incident)).one().business_key == step.case_no


def test_production_without_a_gateway_asks_a_person() -> None:
    with pytest.raises(Refused, match="BIHUAN_SMS_URL"):
        NoGateway().send("msg_1", SMS)
