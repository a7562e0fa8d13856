"""A citizen calls, waits, is offered to agents and talks (T02, T03, T07)."""

from tests.fixtures.phones import MUSIC_HERTZ, rejects
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
