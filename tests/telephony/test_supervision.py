"""Listening in, whispering, barging in, taking over, forcing out, picking up (T14, T28): who hears whom."""

from engine.actor import Actor
from telephony.seats import services as seats
from tests.fixtures.phones import MUSIC_HERTZ, Call, Phone
from tests.telephony.hotline import Hotline


def supervisor(hotline: Hotline) -> Phone:
    """A supervisor with a telephone, in no queue."""
    return hotline.agent("supervisor1", "1005", queues=("none",))


def in_the_call(hotline: Hotline, mode: str) -> tuple[Call, Call, Call, str]:
    """Citizen, agent and supervisor in one call."""
    citizen, agent, call = hotline.talk()
    phone = supervisor(hotline)
    assert hotline.ask("supervisor1", "supervise", call, mode=mode).state == "done"
    ear = phone.ringing()
    ear.answer()
    return citizen, agent, ear, call


def test_who_listens_hears_both_and_is_heard_by_nobody(hotline: Hotline) -> None:
    citizen, agent, ear, _call = in_the_call(hotline, "listen")
    ear.until_hears({citizen.tone, agent.tone})
    citizen.until_hears({agent.tone})
    agent.until_hears({citizen.tone})
    citizen.hangup()
    ear.until("ended")
    hotline.nothing_is_left()


def test_no_queue_rings_who_listens_and_afterwards_it_does_again(hotline: Hotline) -> None:
    citizen, agent, call = hotline.talk()
    phone = hotline.agent("supervisor1", "1005")
    assert hotline.ask("supervisor1", "supervise", call, mode="listen").state == "done"
    ear = phone.ringing()
    hotline.seat_in("supervisor1", "reserved")
    ear.answer()
    ear.until_hears({citizen.tone, agent.tone})
    hotline.seat_in("supervisor1", "busy")
    second = hotline.calls(caller="13900002222")
    hotline.call_in("queued")
    second.until_hears({MUSIC_HERTZ})
    ear.hangup()
    phone.ringing().answer()
    second.until_hears({phone.tone})
    citizen.hangup()
    second.hangup()
    hotline.nothing_is_left()


def test_who_rested_before_listening_rests_afterwards(hotline: Hotline) -> None:
    citizen, _agent, call = hotline.talk()
    phone = supervisor(hotline)
    hotline.write(lambda session, now: seats.not_ready(session, Actor("supervisor1"), "meal", now))
    assert hotline.ask("supervisor1", "supervise", call, mode="listen").state == "done"
    phone.ringing().reject()
    assert hotline.seat_in("supervisor1", "not_ready").reason == "meal"
    assert hotline.ask("supervisor1", "supervise", call, mode="whisper").state == "done"
    phone.ringing().answer()
    assert hotline.ask("supervisor1", "supervise", call, mode="barge").state == "done"
    citizen.hangup()
    assert hotline.seat_in("supervisor1", "not_ready").reason == "meal"
    hotline.nothing_is_left()


def test_a_whisper_reaches_the_agent_alone_and_becomes_a_call_of_three(hotline: Hotline) -> None:
    citizen, agent, ear, call = in_the_call(hotline, "whisper")
    ear.until_hears({citizen.tone, agent.tone})
    agent.until_hears({citizen.tone, ear.tone})
    citizen.until_hears({agent.tone})
    assert hotline.ask("supervisor1", "supervise", call, mode="barge").state == "done"
    citizen.until_hears({agent.tone, ear.tone})
    ear.until_hears({citizen.tone, agent.tone})
    citizen.hangup()
    hotline.nothing_is_left()


def test_a_supervisor_takes_over(hotline: Hotline) -> None:
    citizen, agent, ear, call = in_the_call(hotline, "listen")
    ear.until_hears({citizen.tone, agent.tone})
    assert hotline.ask("supervisor1", "take-over", call).state == "done"
    agent.until("ended")
    citizen.until_hears({ear.tone})
    ear.until_hears({citizen.tone})
    assert hotline.call_in("talking").agent == "supervisor1"
    citizen.hangup()
    hotline.nothing_is_left()


def test_an_agent_is_forced_out_and_the_caller_goes_to_the_next(hotline: Hotline) -> None:
    citizen, agent, call = hotline.talk()
    phone = hotline.agent("team_leader1", "1003")
    assert hotline.ask("supervisor1", "force-out", call).state == "done"
    agent.until("ended")
    again = phone.ringing()
    again.answer()
    citizen.until_hears({phone.tone})
    assert citizen.state == "up"
    citizen.hangup()
    hotline.nothing_is_left()


def test_a_ringing_call_is_picked_up_by_somebody_else(hotline: Hotline) -> None:
    first = hotline.agent("agent1", "1001")
    citizen = hotline.calls()
    ringing = first.ringing()
    other = hotline.agent("team_leader1", "1003", queues=("none",))
    assert hotline.ask("team_leader1", "pick-up", hotline.call_in("offering").id).state == "done"
    ringing.until("ended")
    other.ringing().answer()
    citizen.until_hears({other.tone})
    hotline.seat_in("agent1", "ready")
    citizen.hangup()
    hotline.nothing_is_left()
