"""What the shipped diagrams ask of an exchange that is there: calls to agents, reminders, text messages, as rows of the step."""

from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.events.seats import SeatReader
from api.product import Product
from connectors.sms.models import SmsMessage
from engine import clock as engine_clock
from engine.actor import SYSTEM, Actor
from engine.context import Context
from engine.outbox.models import Delivery
from engine.registry import Registry
from processes.contacts import services as contacts
from processes.registry.accounts import services as accounts
from processes.registry.citizens import services as citizens
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewElder
from telephony import door
from telephony.blacklist import services as blacklist
from telephony.calls.models import PhoneCall, PhoneLeg
from telephony.calls.values import CONTACT, NOTICE, OFFERING, QUEUED
from telephony.commands.models import PhoneCommand
from telephony.seats import services as seats
from telephony.seats.models import BUSY, Seat
from tests.bpmn.town import Town
from tests.contract.api.telephony.rows import NUMBER, Rows
from tests.fixtures.clocks import Clock

PAGER, PRESSED, PASSWORD = "P-9001", "1772413200.7", "a long password of the demo"
SOMEBODY, LEADER = Actor("agent1"), Actor("team_leader1")


@pytest.fixture
def town(telephone: Product, clock: Clock) -> Town:
    """A town whose diagrams know that there is an exchange."""
    return Town(telephone, clock)


@pytest.fixture
def rows(telephone: Product) -> Rows:
    """Rows in its database."""
    return Rows(telephone.sessions)


def commands(town: Town) -> list[tuple[str, dict[str, Any]]]:
    """What was asked of the exchange, oldest first."""
    with town.engine.read() as session:
        found = session.scalars(select(PhoneCommand).order_by(PhoneCommand.id)).all()
        return [(row.kind, orjson.loads(row.given)) for row in found]


def messages(town: Town, key: str) -> list[tuple[str, str | None, str | None]]:
    """The text messages under a business key: template, masked number, why it was not sent."""
    with town.engine.read() as session:
        found = session.scalars(select(SmsMessage).where(SmsMessage.case_no == key).order_by(SmsMessage.id))
        return [(row.template, row.phone, row.unsent) for row in found]


def deliveries(town: Town) -> list[dict[str, Any]]:
    """What is to be sent by the gateway."""
    with town.engine.read() as session:
        return [row.body for row in session.scalars(select(Delivery))]


# tel.call: an emergency that nobody takes


def pressed(town: Town) -> None:
    """Somebody has pressed the key."""
    town.engine.transact(
        SYSTEM, lambda work: elders.enrol(work.session, NewElder("赵奶奶", "029-33219999", PAGER, "人民路", "610402"), work.now)
    )
    town.message("PagerPressed", call_id=PRESSED, device=PAGER, key="2")


def call_was_a_notice(call_id: str, session: Session) -> None:
    """As a worker would have written it."""
    session.get_one(PhoneCall, call_id).kind = NOTICE


def rung(town: Town) -> list[str]:
    """The agents who were rung to hear of the emergency."""
    return [given["agent"] for kind, given in commands(town) if kind == "notice"]


def test_an_emergency_that_nobody_takes_rings_the_next_agent_every_twenty_seconds(town: Town, rows: Rows) -> None:
    now = engine_clock.now()
    rows.write(lambda session: accounts.add(session, "agent2", PASSWORD, groups=["agent"], display_name="话务员二"))
    for at, agent in enumerate(("unit_water", "agent1", "expert1", "agent2")):
        rows.seat(agent, number=f"100{at}", last_call_at=now - timedelta(minutes=9 - at))
    pressed(town)
    for expected in ("agent1", "agent2", "agent1"):
        town.wait(seconds=20.1)
        assert rung(town)[-1] == expected
        _kind, given = commands(town)[-1]
        assert given["prompt"] == "notice-emergency"
        call_id = rows.past(expected, case_no=given["case_no"])
        rows.write(partial(call_was_a_notice, call_id))
    assert len(rung(town)) == 3


def test_while_nobody_is_ready_nobody_is_rung_and_the_task_waits(town: Town, rows: Rows) -> None:
    rows.seat("agent1", "not_ready", reason="meal")
    pressed(town)
    town.wait(seconds=20.1)
    assert rung(town) == []


# The operations themselves


class Desk:
    """Runs one operation in a command, as a step of a diagram would."""

    def __init__(self, town: Town, registry: Registry) -> None:
        self._town, self._registry = town, registry

    def run(self, name: str, by: Actor = SOMEBODY, **given: Any) -> dict[str, Any]:
        """Its answer."""
        handler = self._registry.operations[name].handler

        def command(work: Any) -> Any:
            context = Context(work.session, work.now, by, work, 1, "intake", "TS20260302ABCDEFGH", "step", {}, {}, {})
            return handler(context, **given)

        answer: dict[str, Any] = self._town.engine.transact(by, command)
        return answer


@pytest.fixture
def desk(town: Town, telephone: Product) -> Desk:
    """Operations one by one."""
    return Desk(town, telephone.registry)


def test_a_number_is_rung_for_whoever_acts_and_sits_free(desk: Desk, town: Town, rows: Rows) -> None:
    assert desk.run("tel.call", to=NUMBER) == {"available": False}
    rows.seat("agent1")
    assert desk.run("tel.call", to=NUMBER)["available"]
    assert commands(town) == [("click", {"number": NUMBER, "case_no": "TS20260302ABCDEFGH"})]
    rows.seat("agent1", BUSY)
    assert desk.run("tel.call", to=NUMBER) == {"available": False}


@pytest.mark.parametrize("state", [QUEUED, OFFERING])
def test_nobody_is_brought_into_a_call_in_which_nobody_of_ours_talks_yet(desk: Desk, town: Town, rows: Rows, state: str) -> None:
    call_id = rows.waiting()
    rows.write(lambda session: setattr(session.get_one(PhoneCall, call_id), "state", state))
    assert desk.run("tel.three_party", call_id=call_id, to=["120"]) == {"available": True, "connected": False}
    assert desk.run("tel.three_party", call_id=rows.talking(), to=["120"])["connected"]
    assert [kind for kind, _given in commands(town)] == ["conference"]


def a_pagers(rows: Rows, call_id: str, *, contacts: bool = False) -> str:
    """Make a call a pager's; with `contacts` somebody was called in it."""
    rows.write(lambda session: setattr(session.get_one(PhoneCall, call_id), "kind", "pager"))
    if contacts:
        facts = {"number": NUMBER, "created_at": engine_clock.now(), "ended_at": engine_clock.now(), "talked_ms": 0}
        rows.write(lambda session: session.add(PhoneLeg(id=f"{call_id}.9", call_id=call_id, role=CONTACT, **facts)))
    return call_id


def test_contacts_are_called_in_the_pagers_own_call_while_that_lasts(desk: Desk, town: Town, rows: Rows) -> None:
    call_id = a_pagers(rows, rows.talking())
    assert desk.run("tel.pager_start", device=PAGER, call_id=call_id, key="2") == {"available": True, "call_id": call_id}
    assert desk.run("tel.pager_start", device=PAGER, call_id=call_id, key="2", again=True) == {"available": True, "call_id": call_id}
    assert commands(town) == [("pager-start", {"again": False}), ("pager-start", {"again": True})]


def test_contacts_of_an_elder_who_called_by_telephone_are_called_by_us(desk: Desk, town: Town, rows: Rows) -> None:
    call_id = rows.talking()
    assert desk.run("tel.pager_start", call_id=call_id) == {"available": False}
    assert desk.run("tel.pager_start", device=PAGER, call_id=call_id, key="1")["call_id"] != call_id
    assert commands(town) == [("pager", {"device": PAGER, "key": "1"})]


def test_contacts_who_were_called_in_a_call_that_is_over_are_called_again_only_for_another_round(
    desk: Desk, town: Town, rows: Rows
) -> None:
    called, silent = a_pagers(rows, rows.past(), contacts=True), a_pagers(rows, rows.past())
    assert desk.run("tel.pager_start", device=PAGER, call_id=called) == {"available": True, "call_id": called}
    assert commands(town) == []
    for call_id, again in ((silent, False), (called, True)):
        assert desk.run("tel.pager_start", device=PAGER, call_id=call_id, again=again)["call_id"] != call_id
    assert [kind for kind, _given in commands(town)] == ["pager", "pager"]


def test_a_prompt_is_said_to_a_number_or_to_an_account_that_is_ready(desk: Desk, town: Town, rows: Rows) -> None:
    assert desk.run("tel.call", to=NUMBER, text="emergency")["call_id"]
    assert desk.run("tel.call", to="agent1", text="emergency") == {"available": False}
    rows.seat("agent1")
    assert desk.run("tel.call", to="agent1", text="emergency")["available"]
    asked = [("notice", given.get("number"), given.get("agent")) for _kind, given in commands(town)]
    assert asked == [("notice", NUMBER, None), ("notice", None, "agent1")]


@pytest.mark.parametrize(
    "given",
    [{}, {"to": ""}, {"to": "agent"}, {"to": NUMBER, "text": "no such text"}, {"to": "nobody", "text": "emergency"}],
)
def test_what_cannot_be_rung_takes_the_manual_branch(given: dict[str, Any], desk: Desk, town: Town, rows: Rows) -> None:
    rows.seat("agent1")
    assert desk.run("tel.call", **given) == {"available": False}
    assert commands(town) == []


# tel.remind


def test_who_took_a_call_is_reminded_once_it_is_over_and_not_while_they_talk(desk: Desk, town: Town, rows: Rows) -> None:
    call = rows.talking()
    assert desk.run("tel.remind", call_id=call) == {"available": True, "reminded": False}
    over = rows.past()
    assert desk.run("tel.remind", call_id=over) == {"available": True, "reminded": False}, "on another call"
    rows.seat("agent1", "wrap_up")
    assert desk.run("tel.remind", call_id=call) == {"available": True, "reminded": False}, "that call lasts"
    assert desk.run("tel.remind", call_id=over) == {"available": True, "reminded": True}
    assert desk.run("tel.remind", call_id=over, to="team_leader1") == {"available": True, "reminded": False}, "not there"
    assert desk.run("tel.remind", call_id="cnothing") == desk.run("tel.remind") == {"available": False}
    with town.engine.read() as session:
        assert session.get_one(Seat, "agent1").reminded_call == over


def test_the_intake_reminds_its_agent_every_ten_minutes_after_the_call(town: Town, rows: Rows) -> None:
    rows.seat("agent1")
    call = rows.past()
    town.message("CallReceived", call_id=call, service="12345", queue="general")
    town.message("CallAnswered", call_id=call, agent="agent1")
    moments = []
    for _ in range(2):
        town.wait(minutes=10.1)
        with town.engine.read() as session:
            seat = session.get_one(Seat, "agent1")
            assert seat.reminded_call == call
            assert seat.reminded_at is not None
            moments.append(seat.reminded_at)
    assert moments[0] < moments[1]


# tel.text


def test_a_caller_who_is_never_reached_gets_a_text_message(town: Town, rows: Rows) -> None:
    call = rows.past(None)
    town.message("CallMissed", call_id=call, queue="general", caller="a1b2")
    for _ in range(2):
        town.do(call, "return_call", reached=False)
        town.wait(minutes=30.1)
    town.do(call, "return_call", reached=False)
    assert messages(town, call)[-1] == ("missed", "139****1111", None)
    sent = [body for body in deliveries(town) if body["template"] == "missed"]
    assert [(body["to"], "再次拨打12345" in body["text"]) for body in sent] == [(NUMBER, True)]


def test_who_wants_no_messages_is_blocked_or_has_no_mobile_gets_none(desk: Desk, town: Town, rows: Rows) -> None:
    call, landline, withheld = rows.past(None), rows.past(None, "029-33215678"), rows.past(None, "")
    assert desk.run("tel.text", call_id=landline, template="missed") == {"available": True, "sent": False}
    assert desk.run("tel.text", call_id=withheld, template="missed") == {"available": False}
    assert desk.run("tel.text", call_id=call, template="no-such-template") == {"available": True, "sent": False}
    rows.write(lambda session: citizens.opt_out(session, NUMBER, SOMEBODY, engine_clock.now()))
    assert desk.run("tel.text", call_id=call, template="missed") == {"available": True, "sent": False}
    rows.write(lambda session: citizens.opt_in(session, NUMBER))
    asked = rows.write(lambda session: blacklist.ask(session, SOMEBODY, NUMBER, "骚扰", 3, engine_clock.now()).id)
    assert desk.run("tel.text", call_id=call, template="missed")["sent"], "nobody has approved it yet"
    rows.write(lambda session: blacklist.approve(session, LEADER, asked, engine_clock.now()))
    assert desk.run("tel.text", call_id=call, template="missed") == {"available": True, "sent": False}
    told = [unsent for _template, _phone, unsent in messages(town, "TS20260302ABCDEFGH")]
    assert told == ["no_phone", "no_text", "opted_out", None, "blocked"]
    assert len(deliveries(town)) == 1


def test_a_reminder_is_pushed_to_the_seats_window(town: Town, rows: Rows) -> None:
    rows.seat("agent1")
    reader, call = SeatReader(), rows.past()
    with town.engine.read() as session:
        reader.changed(session)
        assert reader.changed(session) == {}
    assert rows.write(lambda session: seats.remind(session, "agent1", call, engine_clock.now()))
    with town.engine.read() as session:
        assert reader.changed(session).keys() == {"agent1"}


# Without an exchange


def test_without_an_exchange_the_diagrams_go_their_manual_way(sqlite_product: Product, clock: Clock) -> None:
    town = Town(sqlite_product, clock)
    pressed(town)
    with town.engine.read() as session:
        (case_no,) = contacts.cases_of(session, PRESSED)
    town.wait(seconds=61)
    assert (town.tasks(case_no), town.flags(case_no)) == (["judge"], ["应急超时"])
    town.message("CallReceived", call_id="m.1", service="12345", queue="general")
    town.message("CallAnswered", call_id="m.1", agent="agent1")
    town.wait(minutes=31)
    assert town.tasks("m.1") == ["register"]
    town.message("CallMissed", call_id="m.2", queue="general", caller=None)
    for _ in range(2):
        town.do("m.2", "return_call", reached=False)
        town.wait(minutes=30.1)
    town.do("m.2", "return_call", reached=False)
    assert town.instances("m.2") == [("missed_call", "未联系上")]
    assert "missed" not in [template for template, _phone, _unsent in messages(town, "m.2")]
    assert commands(town) == []


def test_every_operation_of_the_door_is_there_with_an_exchange(telephone: Product) -> None:
    for name in door.OPERATIONS:
        assert telephone.registry.operations[name].handler is not door._unavailable
