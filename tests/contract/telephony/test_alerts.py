"""A pager's contacts are called although the call that was to call them is over (T23): in one of our own, told under the first."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, select

from engine import clock
from engine.actor import SYSTEM
from engine.db import transaction
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewContact, NewElder
from telephony.calls import happenings as told
from telephony.calls.models import PhoneCall, PhoneNotice
from telephony.calls.values import ALERT, CLOSING, CONTACT, ENDED, PAGER, TALKING, VOICEMAIL, Call
from telephony.commands import services as commands
from telephony.commands.models import PhoneCommand
from telephony.worker import asking
from telephony.worker.desk import Desk, Outlets
from tests.contract.telephony.conftest import nothing

LINE, DEVICE, CHANNEL = "02900000001", "P-9001", "in-1"
SON, NEIGHBOUR = "13900000001", "13900000002"


class Alarm:
    """A device that has called the centre, and the desk that has the call."""

    def __init__(self, database: Engine) -> None:
        self.database = database
        self.desk = Desk(database, "node", "app", Outlets(nothing, nothing, nothing, nothing, nothing))
        contacts = (NewContact("family", "王强", SON), NewContact("liaison", "李敏", NEIGHBOUR))
        with transaction(database) as session:
            elders.enrol(session, NewElder("王奶奶", "13800000001", DEVICE, "人民路 3 号", line=LINE, contacts=contacts), clock.now())
        self.desk.came_in(CHANNEL, LINE, "9500013")
        (self.name,) = self.desk.calls

    @property
    def call(self) -> Call:
        """The device's call."""
        return self.desk.calls[self.name].call

    def talks(self) -> None:
        """A seat has answered it."""
        self.desk.happen((self.name, told.Offered("agent1", "PJSIP/1001")))
        self.desk.happen((self.name, told.Up(self.leg("agent"))))
        assert self.call.state == TALKING

    def leg(self, role: str, call: str = "") -> str:
        """The id of a role's newest leg."""
        return [leg.id for leg in self.desk.calls[call or self.name].call.live(role)][-1]

    def closing(self) -> None:
        """The device hangs up."""
        self.desk.happen((self.name, told.Gone(CHANNEL, 16)))
        assert self.call.state == CLOSING

    def over(self) -> None:
        """And the seat, too."""
        agent = self.leg("agent")
        self.closing()
        self.desk.happen((self.name, told.Gone(agent, 16)))
        assert self.name not in self.desk.calls

    def ask(self, kind: str, call: str = "", **given: Any) -> None:
        """The process asks for something of the call, and the desk looks."""
        with transaction(self.database) as session:
            commands.ask(session, SYSTEM, kind, given, clock.now(), call_id=call or self.name)
        self.desk.look()

    def alerts(self) -> list[Call]:
        """The calls of our own that call contacts, once the desk has looked again."""
        self.desk.look()
        calls = [held.call for held in self.desk.calls.values()]
        return [call for call in calls if call.kind == PAGER and call.id != self.name]

    def nobody_goes(self, alert: str) -> None:
        """Both contacts are busy."""
        for _ in range(2):
            self.desk.happen((alert, told.Gone(self.leg(CONTACT, alert), 17)))

    def told(self, message: str) -> list[dict[str, Any]]:
        """What the processes hear under a name."""
        with transaction(self.database) as session:
            rows = session.scalars(select(PhoneNotice).where(PhoneNotice.message == message)).all()
            assert all(orjson.loads(row.payload)["call_id"] == row.call_id for row in rows)
            return [orjson.loads(row.payload) for row in rows]

    def asked(self) -> list[tuple[str, str]]:
        """What was asked, and what became of it."""
        with transaction(self.database) as session:
            return [(row.kind, row.state) for row in session.scalars(select(PhoneCommand).order_by(PhoneCommand.id))]


def fails(*_about: object) -> None:
    """Nobody foresaw it."""
    raise RuntimeError


@pytest.fixture
def alarm(database: Engine) -> Alarm:
    """On both databases in turn."""
    return Alarm(database)


@pytest.mark.parametrize("end", [Alarm.closing, Alarm.over])
def test_a_request_for_the_contacts_that_meets_the_hang_up_is_done_all_the_same(alarm: Alarm, end: Callable[[Alarm], None]) -> None:
    alarm.talks()
    end(alarm)
    alarm.ask("pager-start", again=False)
    (alert,) = alarm.alerts()
    assert (alert.state, alert.facts["device"], alert.facts["key"]) == (ALERT, DEVICE, "3")
    assert [leg.number for leg in alert.live(CONTACT)] == [SON]
    assert alarm.asked() == [("pager-start", "refused"), ("pager", "done")]


def test_a_device_that_was_left_to_the_voicemail_has_its_contacts_called(alarm: Alarm) -> None:
    alarm.desk.happen((alarm.name, told.Elapsed("longest")))
    assert alarm.call.state == VOICEMAIL
    alarm.ask("pager-start", again=False)
    assert len(alarm.alerts()) == 1


def test_who_goes_is_told_under_the_call_for_which_the_process_waits(alarm: Alarm) -> None:
    alarm.talks()
    alarm.over()
    alarm.ask("pager-start", again=False)
    (alert,) = alarm.alerts()
    contact = alarm.leg(CONTACT, alert.id)
    alarm.desk.happen((alert.id, told.Up(contact)), (alert.id, told.Key(contact, "1")))
    (confirmed,) = alarm.told("PagerConfirmed")
    assert (confirmed["call_id"], confirmed["role"]) == (alarm.name, "family")


def test_that_nobody_goes_is_told_there_too(alarm: Alarm) -> None:
    alarm.talks()
    alarm.closing()
    alarm.ask("pager-start", again=False)
    (alert,) = alarm.alerts()
    alarm.nobody_goes(alert.id)
    assert [each["call_id"] for each in alarm.told("PagerExhausted")] == [alarm.name]
    assert alert.id not in alarm.desk.calls


def test_an_alert_that_cannot_be_begun_is_told_as_one_in_which_nobody_goes(alarm: Alarm, monkeypatch: pytest.MonkeyPatch) -> None:
    alarm.talks()
    alarm.over()
    monkeypatch.setattr(asking, "new_call", fails)
    alarm.ask("pager-start", again=False)
    assert alarm.alerts() == []
    assert [each["call_id"] for each in alarm.told("PagerExhausted")] == [alarm.name]


def test_a_later_round_whose_alert_is_over_is_told_under_the_first_call_as_well(alarm: Alarm) -> None:
    alarm.talks()
    alarm.over()
    alarm.ask("pager-start", again=False)
    (first,) = alarm.alerts()
    alarm.nobody_goes(first.id)
    alarm.ask("pager-start", first.id, again=False)
    assert alarm.alerts() == []
    alarm.ask("pager-start", first.id, again=True)
    (second,) = alarm.alerts()
    assert second.facts["device"] == DEVICE
    alarm.nobody_goes(second.id)
    assert [each["call_id"] for each in alarm.told("PagerExhausted")] == [alarm.name, alarm.name]


@pytest.mark.parametrize("again", [False, True])
def test_contacts_who_are_being_called_are_not_called_a_second_time_by_a_request_that_fails(
    alarm: Alarm, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    alarm.talks()
    alarm.ask("pager-start", again=False)
    monkeypatch.setattr(asking, "asked", fails)
    alarm.ask("pager-start", again=again)
    assert alarm.asked() == [("pager-start", "done"), ("pager-start", "refused")]
    assert alarm.alerts() == []


def test_a_request_that_fails_in_a_call_that_goes_on_is_done_in_another(alarm: Alarm, monkeypatch: pytest.MonkeyPatch) -> None:
    alarm.talks()
    with monkeypatch.context() as broken:
        broken.setattr(asking, "asked", fails)
        alarm.ask("pager-start", again=False)
    assert len(alarm.alerts()) == 1


@pytest.mark.parametrize("end", [Alarm.closing, Alarm.over])
def test_a_false_alarm_stays_one(alarm: Alarm, end: Callable[[Alarm], None]) -> None:
    alarm.talks()
    alarm.ask("pager-stop")
    end(alarm)
    alarm.ask("pager-start", again=False)
    assert alarm.alerts() == []


def test_contacts_who_have_all_been_called_are_called_again_only_if_somebody_asks_for_it(alarm: Alarm) -> None:
    alarm.talks()
    alarm.ask("pager-start", again=False)
    for _ in range(2):
        alarm.desk.happen((alarm.name, told.Gone(alarm.leg(CONTACT), 17)))
    assert len(alarm.told("PagerExhausted")) == 1
    alarm.over()
    alarm.ask("pager-start", again=False)
    assert alarm.alerts() == []
    alarm.ask("pager-start", again=True)
    assert len(alarm.alerts()) == 1


def test_a_call_that_is_no_pagers_has_no_contacts(alarm: Alarm) -> None:
    alarm.desk.came_in("in-2", "13900001111", "12345")
    other = next(name for name in alarm.desk.calls if name != alarm.name)
    alarm.desk.happen((other, told.Gone("in-2", 16)))
    with transaction(alarm.database) as session:
        assert session.get_one(PhoneCall, other).state == ENDED
    alarm.ask("pager-start", other, again=True)
    assert alarm.alerts() == []


def test_a_pager_that_withholds_its_number_is_nobodys_line(alarm: Alarm) -> None:
    alarm.desk.came_in("in-2", "", "9500013")
    other = next(held.call for name, held in alarm.desk.calls.items() if name != alarm.name)
    assert (other.facts["device"], other.facts["contacts"]) == ("9500013", [])
