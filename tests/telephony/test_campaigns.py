"""Outbound lists (T17, T18): windows, retries, numbers that want no calls, agents who are there when somebody answers."""

from datetime import timedelta
from functools import partial

import orjson
from sqlalchemy import select

from engine import clock
from engine.actor import Actor
from processes.deadlines.zone import LOCAL
from processes.registry.citizens import services as citizens
from telephony.campaigns import services as campaigns
from telephony.campaigns.models import DONE, FAILED, Campaign
from telephony.campaigns.services import NewCampaign
from telephony.commands.models import DONE as BEGUN
from telephony.commands.models import PhoneCommand
from telephony.plan import services as plans
from telephony.seats import services as seats
from tests.fixtures.phones import MUSIC_HERTZ, Call, Policy, answers, rejects, rings
from tests.telephony.hotline import Hotline

LEADER = Actor("team_leader1")
ANY_TIME = {"from_minute": 0, "to_minute": 24 * 60}
AT_ONCE = timedelta(seconds=10)
"""Until who answered talks with an agent, or hears why not (T18: three seconds, on a machine that does nothing else)."""


def made(hotline: Hotline, *numbers: str, **given: object) -> Campaign:
    """A list whose window is open."""
    now = clock.now()
    chosen = {"opens_at": now, "closes_at": now + timedelta(days=1), "pause_minutes": 1, **ANY_TIME, **given}
    new = NewCampaign("回访", numbers, **chosen)  # type: ignore[arg-type]  # whatever a test chooses
    return hotline.write(lambda session, at: campaigns.create(session, LEADER, new, plans.current(session), at))


def results(hotline: Hotline, row: Campaign) -> dict[str, int]:
    """How a list stands."""
    with hotline.product.engine.read() as session:
        return campaigns.progress(session, [row.id])[row.id].by_state


def test_who_answers_is_asked_and_who_wants_no_calls_is_not_called(hotline: Hotline) -> None:
    hotline.write(lambda session, now: citizens.opt_out(session, "13900000003", LEADER, now))
    hotline.phones.city.number("13900000001", answers())
    hotline.phones.city.number("13900000002", rejects(486))
    row = made(hotline, "13900000001", "13900000002", "13900000003", most_tries=1)
    citizen = hotline.phones.city.ringing("13900000001")
    for _ in range(2):
        citizen.until_hears_speech()
        citizen.press("1")
    citizen.until("ended")
    hotline.until(lambda: results(hotline, row) == {"done": 1, "failed": 1, "skipped": 1} or None)
    hotline.nothing_is_left()


def test_a_number_that_is_busy_is_tried_again_after_a_pause(hotline: Hotline) -> None:
    hotline.phones.city.number("13900000001", rejects(486))
    row = made(hotline, "13900000001", most_tries=2)
    hotline.phones.city.ringing("13900000001")
    hotline.nothing_is_left()
    assert results(hotline, row) == {"waiting": 1}
    later = clock.now() + timedelta(minutes=2)
    with clock.at(later):
        hotline.write(lambda session, now: campaigns.call_due(session, plans.current(session), now))
    hotline.worker.wake()
    hotline.phones.city.ringing("13900000001")
    hotline.until(lambda: results(hotline, row) == {"failed": 1} or None)
    hotline.nothing_is_left()


def test_nobody_is_called_outside_the_window_and_what_is_left_then_is_given_up(hotline: Hotline) -> None:
    now = clock.now()
    early = made(hotline, "13900000001", opens_at=now + timedelta(hours=1))
    local = now.astimezone(LOCAL)
    minute = local.hour * 60 + local.minute
    far = (minute + 12 * 60) % (24 * 60 - 1)
    shut = {"from_minute": far, "to_minute": far + 1}
    asleep = made(hotline, "13900000002", **shut)
    over = made(hotline, "13900000003", closes_at=now + timedelta(seconds=1), opens_at=now - timedelta(days=1), **shut)
    plan = hotline.worker.desk.plan()
    called = hotline.write(lambda session, at: campaigns.call_due(session, plan, at + timedelta(seconds=2)))
    assert called == 0
    assert results(hotline, early) == results(hotline, asleep) == {"waiting": 1}
    assert results(hotline, over) == {"failed": 1}


def test_a_list_of_a_hundred_stops_where_it_is_when_its_window_ends_and_says_what_came_of_each_number(hotline: Hotline) -> None:
    rung: list[str] = []
    answer = orjson.dumps({"handler_sat": "satisfied", "handling_sat": "unsatisfied"}).decode()
    ways = [(answers(press="12", press_after=0.4), (DONE, answer)), (rejects(486), (FAILED, "busy")), (rejects(603), (FAILED, "refused"))]
    expected = {f"1390000{place:04}": ways[place % len(ways)][1] for place in range(100)}

    def ring(policy: Policy, call: Call) -> None:
        rung.append(call.me)
        policy(call)

    for place, number in enumerate(expected):
        hotline.phones.city.number(number, partial(ring, ways[place % len(ways)][0]))
    row = made(hotline, *expected, most_tries=1, at_once=20)
    hotline.until(lambda: len(rung) >= 30 or None)
    clock.set_offset(row.closes_at - clock.now())
    hotline.until(lambda: {"waiting", "calling"}.isdisjoint(results(hotline, row)) or None)
    hotline.nothing_is_left()
    with hotline.product.engine.read() as session:
        came = {target.number: (target.state, target.result) for target in campaigns.targets(session, row.id, 0, 100)}
        asked = session.scalars(select(PhoneCommand)).all()
    begun = [one for one in asked if one.state == BEGUN]  # what was asked for just before the end begins no more after it
    assert 30 <= len(rung) == len(begun) <= len(asked) < 100
    assert max(one.asked_at for one in asked) < row.closes_at
    assert came == {number: result if number in rung else (FAILED, "window-over") for number, result in expected.items()}


def test_who_answers_reaches_an_agent_at_once(hotline: Hotline) -> None:
    numbers = [f"1390000000{place}" for place in range(6)]
    for number in numbers:
        hotline.phones.city.number(number, answers())
    for place in range(3):
        hotline.agent(f"agent{place}", f"100{place + 1}", answers(0.3, hang_up_after=0.5))
    hotline.change_plan(queues={"general": {"name": "12345", "wrap_seconds": 0}})
    row = made(hotline, *numbers, queue="general")
    hotline.until(lambda: results(hotline, row) == {"done": 6} or None)
    for call in hotline.rows():
        assert call.answered_at is not None
        assert call.talking_at is not None
        assert timedelta(0) < call.talking_at - call.answered_at <= AT_ONCE
    hotline.nothing_is_left()


def test_who_answers_when_the_agent_has_just_left_is_told_so_at_once_and_is_called_again(hotline: Hotline) -> None:
    hotline.change_plan(queues={"general": {"name": "12345", "most_seconds": 600, "closed": "end"}})
    hotline.phones.city.number("13900000001", rings())
    hotline.agent("agent1", "1001")
    row = made(hotline, "13900000001", queue="general")
    citizen = hotline.phones.city.ringing("13900000001")
    hotline.write(lambda session, now: seats.not_ready(session, Actor("agent1"), "meal", now))
    citizen.answer().until_hears_speech(AT_ONCE.total_seconds())
    citizen.until_hears({MUSIC_HERTZ})
    clock.set_offset(timedelta(seconds=600))
    hotline.worker.wake()
    citizen.until_hears_speech().until("ended")
    hotline.until(lambda: results(hotline, row) == {"waiting": 1} or None)
    hotline.nothing_is_left()


def test_a_list_for_agents_calls_only_while_one_is_free_and_brings_them_together(hotline: Hotline) -> None:
    hotline.phones.city.number("13900000001", answers())
    row = made(hotline, "13900000001", queue="general")
    assert results(hotline, row) == {"waiting": 1}
    phone = hotline.agent("agent1", "1001")
    citizen = hotline.phones.city.ringing("13900000001")
    phone.ringing().answer()
    citizen.until_hears({phone.tone})
    citizen.hangup()
    hotline.until(lambda: results(hotline, row) == {"done": 1} or None)
    hotline.nothing_is_left()
