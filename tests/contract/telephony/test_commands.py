"""What is asked of calls: each by itself, whatever becomes of the others; what is old is dropped, what is others' hides nothing."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

import orjson
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from engine.db import transaction
from telephony.calls import happenings as told
from telephony.calls.effects import Effect
from telephony.calls.models import PhoneNotice
from telephony.calls.values import QUEUED, SERVED, TALKING, Call
from telephony.campaigns import services as campaigns
from telephony.campaigns.models import CALLING, DONE, FAILED, WAITING, Campaign, Target
from telephony.campaigns.services import FACT, NewCampaign
from telephony.commands import services as commands
from telephony.commands.errors import Failed, TooLate
from telephony.commands.models import PhoneCommand
from telephony.plan import services as plans
from telephony.seats import services as seats
from telephony.worker import asking
from telephony.worker.desk import AGAIN, Desk, Outlets
from tests.contract.telephony.conftest import nothing

HERE, THERE, APP = "node0", "node1", "bihuan"
AGENT, OTHER, CITIZEN = Actor("agent1"), Actor("agent2"), "13900001111"
SAID = {"number": CITIZEN, "prompt": "notice-emergency"}
LATE, IN_TIME = commands.LATEST + timedelta(seconds=1), commands.LATEST - timedelta(seconds=10)
T = TypeVar("T")


def _fail(*_about: object, **_more: object) -> None:
    raise RuntimeError


class Office:
    """A database, and workers' desks on it."""

    def __init__(self, database: Engine) -> None:
        self.database = database
        self.desk = self.at(HERE)

    def at(self, node: str) -> Desk:
        """A desk at an exchange."""
        return Desk(self.database, node, APP, Outlets(self._make, nothing, nothing, nothing, nothing))

    def _make(self, _call: str, effects: Iterable[Effect]) -> None:
        list(effects)

    def do(self, work: Callable[[Session], T]) -> T:
        """In a transaction."""
        with transaction(self.database) as session:
            return work(session)

    def ask(self, kind: str, given: Any, call: str = "", *, ago: timedelta = timedelta(0), by: Actor = AGENT) -> int:
        """Ask for something, some time ago."""
        then = clock.now() - ago
        row: PhoneCommand = self.do(lambda session: commands.ask(session, by, kind, given, then, call_id=call))
        return row.id

    def outcome(self, *numbers: int) -> list[tuple[str, str]]:
        """What became of commands."""
        rows = self.do(lambda session: [commands.read(session, number) for number in numbers])
        return [(row.state, row.answer) for row in rows]

    def sits(self, actor: Actor, node: str) -> None:
        """Somebody is ready at a telephone of an exchange."""
        endpoint = f"PJSIP/{actor.id}"
        self.do(lambda session: seats.sign_in(session, actor, endpoint, ["general"], clock.now()))
        self.do(lambda session: seats.ready(session, actor, clock.now()))
        self.do(lambda session: seats.seen(session, node, {endpoint}, (), clock.now()))

    def waits(self, desk: Desk, channel: str = "100.1") -> str:
        """A caller waits for an agent."""
        before = set(desk.calls)
        desk.came_in(channel, CITIZEN, "12345")
        (call,) = set(desk.calls) - before
        assert desk.calls[call].call.state == QUEUED
        return call

    def talks(self, desk: Desk) -> str:
        """An agent talks with a caller."""
        self.sits(AGENT, HERE)
        call = self.waits(desk)
        desk.look()
        desk.happen((call, told.Up(next(leg.id for leg in desk.calls[call].call.legs.values() if leg.who))))
        assert desk.calls[call].call.state == TALKING
        return call

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """What processes are to hear."""
        return self.do(lambda session: [(row.message, orjson.loads(row.payload)) for row in session.scalars(select(PhoneNotice))])

    def listed(self, **given: Any) -> tuple[Campaign, Target]:
        """An outbound list of one number that is due, and was asked for."""
        now = clock.now()
        open_ = {"opens_at": now, "closes_at": now + timedelta(days=1), "from_minute": 0, "to_minute": 24 * 60}
        new = NewCampaign("回访", (CITIZEN,), **{**open_, **given})

        def make(session: Session) -> tuple[Campaign, Target]:
            row = campaigns.create(session, AGENT, new, plans.current(session), now)
            assert campaigns.call_due(session, plans.current(session), now) == 1
            return row, session.scalars(select(Target)).one()

        return self.do(make)

    def target(self) -> Target:
        """The only number of all lists."""
        return self.do(lambda session: session.scalars(select(Target)).one())


@pytest.fixture
def office(database: Engine) -> Office:
    """An empty one."""
    return Office(database)


# What goes wrong


@pytest.mark.parametrize("broken", [{}, {"facts": None}], ids=["before the call", "in its first step"])
def test_what_fails_unexpectedly_is_refused_and_what_comes_after_it_is_done(office: Office, broken: dict[str, Any]) -> None:
    first, second = office.ask(commands.OUTBOUND, broken), office.ask(commands.NOTICE, SAID)
    office.desk.look()
    assert office.outcome(first, second) == [("refused", Failed().message), ("done", "")]
    assert len(office.desk.calls) == 1


def test_what_fails_unexpectedly_in_a_call_is_refused_and_that_call_and_the_others_go_on(office: Office) -> None:
    call = office.talks(office.desk)
    failing, after = office.ask("press", {}, call), office.ask("hold", {}, call)
    office.desk.look()
    assert office.outcome(failing, after) == [("refused", Failed().message), ("done", "")]
    assert office.desk.calls[call].call.held


def test_who_waits_is_offered_to_who_is_free_whatever_the_commands_did(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.sits(AGENT, HERE)
    call = office.waits(office.desk)
    number = office.ask(commands.NOTICE, SAID)
    monkeypatch.setattr(asking, "new_call", _fail)
    monkeypatch.setattr(commands, "settle", _fail)  # not even a refusal can be written
    office.desk.look()
    assert office.outcome(number) == [("open", "")]
    assert office.desk.calls[call].call.agent == AGENT.id


def test_a_call_that_cannot_be_offered_does_not_keep_the_next_one_waiting(office: Office) -> None:
    first, second = office.waits(office.desk, "100.1"), office.waits(office.desk, "100.2")
    office.desk.calls[first].call.facts = {"unwritable": object()}
    office.sits(AGENT, HERE)
    office.desk.look()
    assert office.desk.calls[second].call.agent == AGENT.id


def test_while_the_database_is_away_nothing_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_about: object) -> None:
        raise OperationalError("select 1", None, Exception("the server closed the connection"))

    number = office.ask(commands.NOTICE, SAID)
    with monkeypatch.context() as patch:
        patch.setattr(asking, "new_call", away)
        with pytest.raises(OperationalError):
            office.desk.look()
    assert office.outcome(number) == [("open", "")]
    office.desk.look()
    assert office.outcome(number) == [("done", "")]


def test_the_process_of_a_survey_that_cannot_be_begun_goes_on(office: Office) -> None:
    number = office.ask(commands.SURVEY, {"number": "none"})
    office.desk.look()
    assert office.outcome(number)[0][0] == "refused"
    ((message, payload),) = office.told()
    assert (message, payload["reason"]) == ("SurveyFailed", "failed")


def test_an_alert_that_cannot_be_begun_counts_as_one_for_which_nobody_came(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "pager_facts", _fail)
    office.ask(commands.PAGER, {"device": "P-1"})
    office.desk.look()
    assert [message for message, _payload in office.told()] == ["PagerExhausted"]


def test_a_number_of_a_list_whose_call_cannot_be_begun_is_tried_again_and_given_up_at_last(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "new_call", _fail)
    row, _target = office.listed(most_tries=2, pause_minutes=1)
    office.desk.look()
    target = office.target()
    assert (target.state, target.tries, target.result) == (WAITING, 1, "failed")
    with clock.at(clock.now() + timedelta(minutes=2)):
        office.desk.call_lists()
        office.desk.look()
    assert office.target().state == FAILED
    assert office.do(lambda session: session.get_one(Campaign, row.id)).state == "over"


# What is old


@pytest.mark.parametrize(
    ("kind", "given"),
    [(commands.CLICK, {"number": CITIZEN}), (commands.NOTICE, SAID), (commands.SURVEY, {"number": CITIZEN})],
)
def test_a_call_that_was_asked_for_long_ago_is_not_begun_any_more(office: Office, kind: str, given: dict[str, Any]) -> None:
    office.sits(AGENT, HERE)
    old = office.ask(kind, given, ago=LATE)
    office.desk.look()
    assert office.outcome(old) == [("refused", TooLate().message)]
    assert office.desk.calls == {}
    assert [message for message, _payload in office.told()] == (["SurveyFailed"] if kind == commands.SURVEY else [])
    fresh = office.ask(kind, given, ago=IN_TIME)
    office.desk.look()
    assert office.outcome(fresh) == [("done", "")]


def test_an_emergency_is_never_dropped(office: Office) -> None:
    number = office.ask(commands.PAGER, {"device": "P-1"}, ago=timedelta(hours=8))
    office.desk.look()
    assert office.outcome(number) == [("done", "")]


def test_a_number_that_was_asked_for_long_ago_waits_again_and_was_not_tried(office: Office) -> None:
    row, target = office.listed(most_tries=1)
    assert (target.state, target.tries) == (CALLING, 1)
    with clock.at(clock.now() + LATE):
        office.desk.look()
        target = office.target()
        assert (target.state, target.tries, target.next_at) == (WAITING, 0, clock.now())
        assert office.desk.calls == {}
    assert office.do(lambda session: session.get_one(Campaign, row.id)).state == "running"


def test_a_number_whose_list_has_ended_meanwhile_does_not_wait_again(office: Office) -> None:
    row, _target = office.listed()
    office.do(lambda session: campaigns.end(session, AGENT, row.id))
    with clock.at(clock.now() + LATE):
        office.desk.look()
    assert office.target().state == FAILED


@pytest.mark.parametrize("what", ["the window", "a pause"])
def test_nobody_is_called_by_a_list_whose_window_or_run_is_over_when_the_call_would_begin(office: Office, what: str) -> None:
    soon = clock.now() + timedelta(minutes=1)
    row, _target = office.listed(closes_at=soon)
    if what == "a pause":
        office.do(lambda session: campaigns.switch(session, AGENT, row.id, on=False))
    with clock.at(soon if what == "the window" else soon - timedelta(seconds=1)):
        office.desk.look()
    assert (office.target().state, office.target().tries, office.desk.calls) == (WAITING, 0, {})


# What is others'


def test_what_is_for_others_calls_hides_nothing(office: Office) -> None:
    call = office.waits(office.at(THERE))
    for _ in range(120):
        office.ask("hang-up", {}, call)
    mine = office.ask(commands.NOTICE, SAID)
    office.desk.look()
    assert office.outcome(mine) == [("done", "")]


def test_what_is_for_telephones_of_another_exchange_hides_nothing_and_is_theirs(office: Office) -> None:
    office.sits(AGENT, HERE)
    office.sits(OTHER, THERE)
    theirs = [office.ask(commands.NOTICE, {"agent": OTHER.id, "prompt": "notice-emergency"}) for _ in range(60)]
    theirs += [office.ask(commands.CLICK, {"number": CITIZEN}, by=OTHER) for _ in range(60)]
    mine = office.ask(commands.CLICK, {"number": CITIZEN})
    office.desk.look()
    assert office.outcome(mine, *theirs) == [("done", ""), *[("open", "")] * 120]
    there = office.at(THERE)
    there.look()
    assert {state for state, _answer in office.outcome(*theirs[:100])} == {"done", "refused"}
    assert len(there.calls) == 1


def test_what_nobody_at_the_other_exchange_takes_is_refused_by_whoever_is_there(office: Office) -> None:
    office.sits(OTHER, THERE)
    number = office.ask(commands.CLICK, {"number": CITIZEN}, by=OTHER, ago=LATE)
    office.desk.look()
    assert office.outcome(number) == [("refused", TooLate().message)]


def test_what_is_asked_of_a_call_that_is_over_is_refused(office: Office) -> None:
    call = office.waits(office.desk)
    office.desk.happen((call, told.Gone("100.1")))
    number = office.ask("hang-up", {}, call)
    office.desk.look()
    assert office.outcome(number) == [("refused", asking.CallOver().message)]


# What is due, and what came of a list's calls


def test_what_is_due_and_could_not_be_done_is_due_again_a_little_later(office: Office) -> None:
    call = office.waits(office.desk)
    with clock.at(clock.now() + timedelta(hours=1)):
        assert {name for name, _event in office.desk.due()} == {call}
        office.desk.put_off(call)
        assert office.desk.due() == []
        assert office.desk.next_due() == AGAIN.total_seconds()
        with clock.at(clock.now() + AGAIN):
            assert {name for name, _event in office.desk.due()} == {call}
    office.desk.put_off("c-of-nobody")


def test_the_answers_to_many_questions_are_kept_whole(office: Office) -> None:
    _row, target = office.listed()
    answers = {f"question_{number}": "satisfied" for number in range(30)}
    call = Call(target.call_id, "outbound", 0, outcome=SERVED, facts={FACT: target.id, "answers": answers})
    office.do(lambda session: campaigns.finished(session, call, clock.now()))
    found = office.target()
    assert (found.state, orjson.loads(found.result)) == (DONE, answers)
