"""Calls that no worker took, and that the exchange remembers: missed, once, and a button that was pressed is an emergency."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, select

from engine import clock
from engine.actor import Actor
from engine.db import transaction
from processes.registry.elders import services as elders
from processes.registry.elders.services import NewContact, NewElder
from telephony.blacklist import services as blacklist
from telephony.calls.models import PhoneCall, PhoneNotice
from telephony.calls.values import ABANDONED, ALERT, BLOCKED, CONTACT, PAGER
from telephony.worker import unserved
from telephony.worker.desk import Desk, Outlets
from telephony.worker.unserved import Missed
from tests.contract.telephony.conftest import nothing

NODE, CITIZEN, LINE, BUTTON = "node", "13900001111", "02900000001", "9512342"
CAME = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Morning:
    """A desk that begins after a night without a worker."""

    def __init__(self, database: Engine) -> None:
        self.database = database
        self.desk = Desk(database, NODE, "app", Outlets(nothing, nothing, nothing, nothing, nothing))

    def told(self, service: str = "12345", number: str = CITIZEN, came: datetime = CAME) -> str:
        """The exchange tells of a call; its id."""
        missed = self.read(service, number, came)
        self.desk.unserved(missed)
        return missed.call

    def read(self, service: str, number: str, came: datetime = CAME) -> Missed:
        """A call as its name says it."""
        found = unserved.read(f"{round(came.timestamp())}~{service}~{number}~3870.5", NODE)
        assert found is not None
        return found

    def rows(self) -> list[PhoneCall]:
        """Every call."""
        with transaction(self.database) as session:
            return list(session.scalars(select(PhoneCall)))

    def notices(self) -> list[tuple[str, dict[str, Any]]]:
        """What the processes are to hear."""
        with transaction(self.database) as session:
            return [(row.message, orjson.loads(row.payload)) for row in session.scalars(select(PhoneNotice).order_by(PhoneNotice.id))]


@pytest.fixture
def morning(database: Engine) -> Morning:
    """On both databases in turn."""
    return Morning(database)


def test_a_call_that_no_worker_took_is_missed_once_and_when_it_came(morning: Morning) -> None:
    call = morning.told()
    assert morning.told() == call
    (row,) = morning.rows()
    assert (row.id, row.number, row.service, row.queue, row.outcome) == (call, CITIZEN, "12345", "general", ABANDONED)
    assert (row.began_at, row.queued_at, row.ended_at, row.answered_at) == (CAME, CAME, CAME, None)
    ((message, payload),) = morning.notices()
    assert (message, payload["call_id"], payload["queue"]) == ("CallMissed", call, "general")
    assert payload["caller"] not in (None, CITIZEN)
    assert not morning.desk.calls


def test_two_calls_of_one_number_and_one_that_withholds_it_are_three(morning: Morning) -> None:
    assert len({morning.told(), morning.told(came=CAME + timedelta(seconds=1)), morning.told(number="")}) == 3
    assert [payload["caller"] is None for _message, payload in morning.notices()] == [False, False, True]


def test_what_an_exchange_whose_clock_is_ahead_remembers_came_now_at_the_latest(morning: Morning) -> None:
    morning.told(came=clock.now() + timedelta(hours=1))
    assert morning.rows()[0].began_at <= clock.now()


def test_nobody_is_called_back_who_is_blocked(morning: Morning) -> None:
    with transaction(morning.database) as session:
        asked = blacklist.ask(session, Actor("agent1"), CITIZEN, "骚扰", 30, CAME)
        blacklist.approve(session, Actor("leader1"), asked.id, CAME)
    morning.told()
    assert (morning.rows()[0].outcome, morning.notices()) == (BLOCKED, [])


def test_a_button_that_was_pressed_while_no_worker_was_there_calls_the_contacts(morning: Morning) -> None:
    new = NewElder("王奶奶", "13800000001", "P-9001", "人民路 3 号", line=LINE, contacts=(NewContact("family", "王强", CITIZEN),))
    with transaction(morning.database) as session:
        elders.enrol(session, new, clock.now())
    call = morning.told(BUTTON, LINE)
    assert morning.told(BUTTON, LINE) == call
    assert list(morning.desk.calls) == [call]
    assert (morning.rows()[0].began_at, morning.rows()[0].answered_at) == (CAME, None)
    alert = morning.desk.calls[call].call
    assert (alert.kind, alert.state, alert.facts["device"]) == (PAGER, ALERT, "P-9001")
    assert [leg.role for leg in alert.live()] == [CONTACT]
    assert [message for message, _payload in morning.notices()] == ["PagerPressed"]


@pytest.mark.parametrize(
    "name", ["", "x", "1~2~3", "1~2~3~4~5", "later~12345~139~1", "99999999999~12345~139~1", "٣~12345~139~1", f"1~{'1' * 31}~139~1"]
)
def test_a_name_that_is_not_the_dial_plans_is_no_call(name: str) -> None:
    assert unserved.read(name, NODE) is None
