"""A citizen calls, waits, is offered to agents and talks (T02, T03, T07)."""

import pytest

from telephony.calls.queueing import SPARE
from telephony.calls.rings import CADENCE
from telephony.plan import services as plans
from tests.fixtures.phones import MUSIC_HERTZ, Policy, ignores, rejects, rings
from tests.telephony.hotline import CITIZEN, Hotline


def test_a_caller_waits_with_music_and_talks_with_the_first_who_answers(hotline: Hotline) -> None:
    citizen = hotline.calls()
    citizen.until("up").until_hears_speech().until_hears({MUSIC_HERTZ})
    phone = hotline.agent("agent1", "1001")
    ringing = phone.ringing()
    assert ringing.other == CITIZEN
    assert hotline.call_in("offering").agent == "agent1"
    assert hotline.seat("agent1").state == "reserved"
    ringing.answer()
    citizen.until_hears({phone.tone})
    ringing.until_hears({citizen.tone})
    assert hotline.call_in("talking").agent == "agent1"
    hotline.seat_in("agent1", "busy")
    citizen.hangup()
    ringing.until("ended")
    row = hotline.call_in("ended")
    assert (row.outcome, row.agent, row.number) == ("talked", "agent1", CITIZEN)
    hotline.seat_in("agent1", "wrap_up")
    assert [leg.role for leg in hotline.legs(row.id)] == ["citizen", "agent"]
    hotline.nothing_is_left()


def test_an_agent_who_does_not_answer_or_refuses_is_set_busy_and_the_next_one_rings(hotline: Hotline) -> None:
    hotline.agent("agent1", "1001", rejects(486))
    phone = hotline.agent("team_leader1", "1003")
    citizen = hotline.calls()
    phone.ringing().answer()
    citizen.until_hears({phone.tone})
    seat = hotline.seat_in("agent1", "not_ready")
    assert seat.reason == "refused"
    citizen.hangup()
    hotline.nothing_is_left()


@pytest.mark.parametrize(
    ("policy", "reason", "rung"),
    [
        pytest.param(rings(), "no-answer", 3, id="rings"),
        pytest.param(ignores(), "no-answer", 3, id="stays silent"),
        pytest.param(None, "unreachable", 0, id="is not registered"),
    ],
)
def test_an_agent_whose_telephone_rings_in_vain_or_is_not_there_is_set_busy_and_the_next_one_rings(
    hotline: Hotline, policy: Policy | None, reason: str, rung: int
) -> None:
    with hotline.product.engine.read() as session:
        assert plans.current(session).queue("general").ring_seconds == 3 * CADENCE
    hotline.change_plan(queues={"general": {"name": "三秒", "ring_seconds": 3}})
    if policy is None:
        hotline.sign_in("agent1", "1001")
    else:
        hotline.agent("agent1", "1001", policy)
    phone = hotline.agent("team_leader1", "1003")
    citizen = hotline.calls()
    phone.ringing().answer()
    citizen.until_hears({phone.tone})
    assert hotline.seat_in("agent1", "not_ready").reason == reason
    citizen.hangup()
    hotline.nothing_is_left()
    (call,) = hotline.rows()
    first, second = [leg for leg in hotline.legs(call.id) if leg.role == "agent"]
    assert (first.agent, first.up_at, second.agent) == ("agent1", None, "team_leader1")
    assert rung <= (first.ended_at - first.created_at).total_seconds() < rung + SPARE


def test_a_caller_who_gives_up_is_a_missed_call_and_the_agent_is_free_again(hotline: Hotline) -> None:
    phone = hotline.agent("agent1", "1001")
    citizen = hotline.calls()
    ringing = phone.ringing()
    citizen.hangup()
    ringing.until("ended")
    assert hotline.call_in("ended").outcome == "abandoned"
    hotline.seat_in("agent1", "ready")
    hotline.nothing_is_left()


def test_each_dialled_number_leads_to_its_own_queue_and_the_call_keeps_which_it_was(hotline: Hotline) -> None:
    hotline.change_plan(
        numbers={"12333": {"name": "人力资源和社会保障", "start": "queue:labour", "human": "queue:labour"}},
        queues={"labour": {"name": "12333 人力资源和社会保障"}},
    )
    general, labour = hotline.agent("agent1", "1001"), hotline.agent("team_leader1", "1003", queues=("labour",))
    first, second = hotline.calls("12345"), hotline.calls("12333", caller="13900002222")
    for phone, citizen in ((general, first), (labour, second)):
        phone.ringing().answer()
        citizen.until_hears({phone.tone})
    found = {(row.service, row.queue, row.agent) for row in hotline.rows()}
    assert found == {("12345", "general", "agent1"), ("12333", "labour", "team_leader1")}
    for citizen in (first, second):
        citizen.hangup()
    hotline.nothing_is_left()
