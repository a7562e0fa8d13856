"""Outbound lists (T17): who wants no calls by now is left alone, whoever answers finds an agent, and silence is no answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from engine.actor import Actor
from engine.db import to_micros, transaction
from processes.registry.citizens import services as citizens
from telephony.blacklist import services as blacklist
from telephony.calls.values import ABANDONED, OFFERING, OUTBOUND, SERVED, TALKED, Call
from telephony.calls.values import FAILED as NOT_ANSWERED
from telephony.campaigns import services as campaigns
from telephony.campaigns.models import CALLING, DONE, OVER, SKIPPED, WAITING, Campaign, Target
from telephony.campaigns.services import FACT, NewCampaign
from telephony.plan.values import Plan, Queue
from telephony.seats import services as seats
from telephony.seats.models import BUSY, RESERVED
from telephony.worker import store
from tests.unit.telephony.line import PLAN

NINE = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LEADER, CHECKER = Actor("leader"), Actor("checker")
NUMBERS = tuple(f"1390000{number:04d}" for number in range(1, 21))
HOUR = timedelta(hours=1)


class Centre:
    """A database with agents and lists, and a clock that a test turns."""

    def __init__(self, database: Engine) -> None:
        self.database, self.now, self.plan = database, NINE, PLAN

    def agents(self, *names: str) -> None:
        """They are ready for the queue."""
        with transaction(self.database) as session:
            for name in names:
                seats.sign_in(session, Actor(name), f"PJSIP/{name}", ("general",), self.now)
                seats.ready(session, Actor(name), self.now)

    def begins(self, *numbers: str, queue: str = "general", at_once: int = 10) -> int:
        """A list that runs all day."""
        end = self.now + timedelta(days=1)
        new = NewCampaign("回访", numbers or NUMBERS, self.now, end, queue, from_minute=0, to_minute=24 * 60, at_once=at_once)
        with transaction(self.database) as session:
            return campaigns.create(session, LEADER, new, self.plan, self.now).id

    def dials(self) -> int:
        """How many are called when the worker looks, a little later."""
        self.now += timedelta(seconds=2)
        with transaction(self.database) as session:
            return campaigns.call_due(session, self.plan, self.now)

    def talks(self, agent: str, at: int = 0) -> None:
        """One of those who are called, by the place in all lists, talks with an agent."""
        with transaction(self.database) as session:
            target = session.scalars(select(Target).where(Target.state == CALLING).order_by(Target.id)).all()[at]
            call = Call(target.call_id, OUTBOUND, to_micros(self.now), talking=to_micros(self.now), queue="general", agent=agent)
            saving = store.Saving(session, "node", "app")
            saving.add(call)
            saving.send()
            seats.engage(session, agent, BUSY, call.id, self.now)

    def rings(self, agent: str, at: int = 0) -> None:
        """One of those who are called has answered, and an agent is rung for them."""
        with transaction(self.database) as session:
            target = session.scalars(select(Target).where(Target.state == CALLING).order_by(Target.id)).all()[at]
            saving = store.Saving(session, "node", "app")
            saving.add(Call(target.call_id, OUTBOUND, to_micros(self.now), state=OFFERING, queue="general", agent=agent))
            saving.send()
            seats.engage(session, agent, RESERVED, target.call_id, self.now)

    def finishes(self, outcome: str, reason: str = "", answers: Any = None, *, talked: bool = False) -> Target:
        """The only one who is called: what came of it."""
        with transaction(self.database) as session:
            (target,) = session.scalars(select(Target).where(Target.state == CALLING)).all()
            facts = {FACT: target.id, **({"reason": reason} if reason else {}), **({"answers": answers} if answers else {})}
            talking = to_micros(self.now) if talked else None
            call = Call(target.call_id, OUTBOUND, to_micros(self.now), outcome=outcome, talking=talking, facts=facts)
            campaigns.finished(session, call, self.now)
            return target

    def results(self) -> list[tuple[str, str]]:
        """What came of each number of all lists."""
        with transaction(self.database) as session:
            return [(row.state, row.result) for row in session.scalars(select(Target).order_by(Target.id))]


@pytest.fixture
def centre(database: Engine) -> Centre:
    """An empty one, on both databases in turn."""
    return Centre(database)


@pytest.mark.parametrize("how", ["opted out", "blacklisted"])
def test_who_wants_no_calls_since_the_list_was_made_is_called_no_more(centre: Centre, how: str) -> None:
    row = centre.begins(*NUMBERS[:2], queue="", at_once=1)
    with transaction(centre.database) as session:
        if how == "opted out":
            citizens.opt_out(session, NUMBERS[0], LEADER, centre.now)
        else:
            blacklist.approve(session, CHECKER, blacklist.ask(session, LEADER, NUMBERS[0], "骚扰", 30, centre.now).id, centre.now)
    assert centre.dials() == 1
    assert centre.results() == [(SKIPPED, "do-not-call"), (CALLING, "")]
    with transaction(centre.database) as session:
        assert campaigns.progress(session, [row])[row].skipped == 1


def test_who_opts_out_after_the_first_try_is_not_tried_again_and_the_list_is_over(centre: Centre) -> None:
    row = centre.begins(NUMBERS[0], queue="")
    assert centre.dials() == 1
    assert centre.finishes(NOT_ANSWERED, "busy").state == WAITING
    with transaction(centre.database) as session:
        citizens.opt_out(session, NUMBERS[0], LEADER, centre.now)
    centre.now += HOUR
    assert centre.dials() == 0
    with transaction(centre.database) as session:
        assert session.get_one(Campaign, row).state == OVER
    assert centre.results() == [(SKIPPED, "do-not-call")]


def test_many_who_want_no_calls_by_now_do_not_hold_the_worker_up(centre: Centre) -> None:
    many = tuple(f"1380000{number:04d}" for number in range(campaigns.LOOKED + 30))
    centre.begins(*many, NUMBERS[0], queue="", at_once=20)
    with transaction(centre.database) as session:
        for number in many:
            citizens.opt_out(session, number, LEADER, centre.now)
    assert centre.dials() == 0
    assert sum(state == SKIPPED for state, _result in centre.results()) == campaigns.LOOKED
    assert centre.dials() == 1


def test_nobody_is_rung_for_a_queue_that_is_closed(centre: Centre) -> None:
    centre.agents("anna")
    centre.begins()
    open_plan, centre.plan = centre.plan, with_hours(centre.plan, "never")
    assert centre.dials() == 0
    centre.plan = open_plan
    assert centre.dials() == 1


def test_who_talks_already_keeps_no_other_agent_from_being_called_for(centre: Centre) -> None:
    centre.agents("anna", "boris", "carla", "dora")
    centre.begins()
    assert centre.dials() == 4
    assert centre.dials() == 0
    centre.talks("anna")
    centre.talks("boris", at=1)
    assert centre.dials() == 0  # carla and dora wait for the two who ring still
    centre.agents("anna2", "boris2")
    assert centre.dials() == 2


def test_an_agent_who_is_being_rung_for_a_list_is_counted_once(centre: Centre) -> None:
    centre.agents("anna")
    centre.begins()
    assert centre.dials() == 1
    centre.rings("anna")
    centre.agents("boris")
    assert centre.dials() == 1


@pytest.mark.parametrize("outcome", [ABANDONED, SERVED])
def test_who_talked_with_an_agent_is_not_rung_again_whatever_came_after_it(centre: Centre, outcome: str) -> None:
    centre.agents("anna")
    centre.begins(NUMBERS[0])
    assert centre.dials() == 1
    assert centre.finishes(outcome, talked=True).state == DONE


def test_two_lists_do_not_count_on_the_same_agents(centre: Centre) -> None:
    centre.agents("anna", "boris", "carla")
    centre.begins()
    centre.begins()
    assert centre.dials() == 3
    assert centre.dials() == 0


def test_a_locked_seat_is_nobodys_agent(centre: Centre) -> None:
    centre.agents("anna", "boris")
    with transaction(centre.database) as session:
        seats.engage(session, "anna", BUSY, "c1", centre.now)
        seats.lock(session, "anna", centre.now, on=True)
        seats.move(session, "anna", "ready", centre.now)
    centre.begins()
    assert centre.dials() == 1


def test_silence_from_the_first_question_on_is_tried_again(centre: Centre) -> None:
    centre.begins(NUMBERS[0], queue="")
    assert centre.dials() == 1
    assert (centre.finishes(NOT_ANSWERED, "no-key").state, centre.results()) == (WAITING, [(WAITING, "no-key")])
    assert centre.dials() == 0
    centre.now += HOUR
    assert centre.dials() == 1


@pytest.mark.parametrize(("outcome", "reason"), [(NOT_ANSWERED, "hung-up"), (NOT_ANSWERED, "no-key"), (SERVED, "")])
def test_who_has_answered_a_question_is_not_rung_again(centre: Centre, outcome: str, reason: str) -> None:
    centre.begins(NUMBERS[0], queue="")
    assert centre.dials() == 1
    centre.finishes(outcome, reason, {"handler_sat": "satisfied"})
    assert centre.results() == [(DONE, '{"handler_sat":"satisfied"}')]


def test_who_was_rung_for_a_queue_and_heard_only_its_excuse_is_tried_again(centre: Centre) -> None:
    centre.agents("anna")
    centre.begins(NUMBERS[0])
    assert centre.dials() == 1
    assert centre.finishes(SERVED).state == WAITING
    centre.now += HOUR
    assert centre.dials() == 1
    assert centre.finishes(TALKED).state == DONE


def with_hours(plan: Plan, hours: str) -> Plan:
    """The plan with other hours for the queue."""
    return replace(plan, queues={**plan.queues, "general": Queue("general", hours=hours)})
