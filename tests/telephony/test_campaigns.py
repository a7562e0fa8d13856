"""Outbound lists (T17, T18): windows, retries, numbers that want no calls, agents who are there when somebody answers."""

from datetime import timedelta

from engine import clock
from engine.actor import Actor
from processes.deadlines.zone import LOCAL
from processes.registry.citizens import services as citizens
from telephony.campaigns import services as campaigns
from telephony.campaigns.models import Campaign
from telephony.campaigns.services import NewCampaign
from telephony.plan import services as plans
from tests.fixtures.phones import answers, rejects
from tests.telephony.hotline import Hotline

LEADER = Actor("team_leader1")
ANY_TIME = {"from_minute": 0, "to_minute": 24 * 60}


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
    shut = {"from_minute": 0, "to_minute": 1} if minute > 5 else {"from_minute": 600, "to_minute": 601}
    asleep = made(hotline, "13900000002", **shut)
    over = made(hotline, "13900000003", closes_at=now + timedelta(seconds=1), opens_at=now - timedelta(days=1), **shut)
    plan = hotline.worker.desk.plan()
    called = hotline.write(lambda session, at: campaigns.call_due(session, plan, at + timedelta(seconds=2)))
    assert called == 0
    assert results(hotline, early) == results(hotline, asleep) == {"waiting": 1}
    assert results(hotline, over) == {"failed": 1}


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
