"""Hold, consultation, three-way call, transfers (T08, T09, T20): who hears whom."""

from tests.fixtures.phones import MUSIC_HERTZ, alaw, answers, rejects, tones
from tests.telephony.hotline import Hotline

POLICE = "110"
SILENCE, BEFORE, MEANWHILE, AFTER = 0, 1400, 1700, 2000
"""What is said at a recording's pause, in Hertz."""


def test_a_citizen_on_hold_hears_music_and_is_heard_by_nobody(hotline: Hotline) -> None:
    citizen, agent, call = hotline.talk()
    assert hotline.ask("agent1", "hold", call).state == "done"
    citizen.until_hears({MUSIC_HERTZ})
    agent.until_silent()
    assert hotline.ask("agent1", "unhold", call).state == "done"
    citizen.until_hears({agent.tone})
    agent.until_hears({citizen.tone})
    citizen.hangup()
    hotline.nothing_is_left()


def test_the_hold_key_of_a_telephone_plays_music_too(hotline: Hotline) -> None:
    citizen, agent, _call = hotline.talk()
    agent.hold()
    citizen.until_hears({MUSIC_HERTZ})
    agent.resume()
    citizen.until_hears({agent.tone})
    agent.hangup()
    citizen.until("ended")
    hotline.nothing_is_left()


def test_a_consultation_becomes_three_way_and_then_a_transfer(hotline: Hotline) -> None:
    citizen, agent, call = hotline.talk()
    expert = hotline.agent("expert1", "1002", queues=("none",))
    assert hotline.ask("agent1", "consult", call, to="agent:expert1").state == "done"
    advice = expert.ringing()
    advice.answer()
    agent.until_hears({expert.tone})
    advice.until_hears({agent.tone})
    citizen.until_hears({MUSIC_HERTZ})
    assert hotline.ask("agent1", "join", call).state == "done"
    citizen.until_hears({agent.tone, expert.tone})
    agent.until_hears({citizen.tone, expert.tone})
    assert hotline.ask("agent1", "transfer", call).state == "done"
    agent.until("ended")
    citizen.until_hears({expert.tone})
    assert hotline.call_in("talking").agent == "expert1"
    hotline.seat_in("agent1", "wrap_up")
    citizen.hangup()
    hotline.seat_in("expert1", "wrap_up")
    hotline.nothing_is_left()


def test_a_call_goes_to_the_police_and_the_agent_leaves(hotline: Hotline) -> None:
    citizen, agent, call = hotline.talk()
    hotline.phones.city.number(POLICE, answers())
    assert hotline.ask("agent1", "transfer", call, to=POLICE).state == "done"
    agent.until("ended")
    police = hotline.phones.city.ringing(POLICE)
    citizen.until_hears({police.tone})
    police.until_hears({citizen.tone})
    police.hangup()
    citizen.until("ended")
    hotline.nothing_is_left()


def test_who_cannot_be_reached_leaves_the_citizen_with_the_agent(hotline: Hotline) -> None:
    citizen, agent, call = hotline.talk()
    hotline.phones.city.number(POLICE, rejects(486))
    assert hotline.ask("agent1", "consult", call, to=POLICE).state == "done"
    hotline.phones.city.ringing(POLICE)
    citizen.until_hears({agent.tone})
    citizen.hangup()
    hotline.nothing_is_left()


def test_a_blind_transfer_that_fails_brings_the_citizen_back_to_the_queue(hotline: Hotline) -> None:
    citizen, agent, call = hotline.talk()
    hotline.phones.city.number(POLICE, rejects(486))
    hotline.ask("agent1", "transfer", call, to=POLICE)
    agent.until("ended")
    citizen.until_hears({MUSIC_HERTZ})
    hotline.sign_in("agent1", "1001")
    assert hotline.call_in("offering").agent == "agent1"
    citizen.hangup()
    hotline.nothing_is_left()


def test_what_is_not_possible_is_refused_in_words(hotline: Hotline) -> None:
    citizen, _agent, call = hotline.talk()
    for kind, given in (("consult", {"to": "12a"}), ("consult", {"to": "agent:nobody"}), ("pick-up", {}), ("dance", {})):
        refused = hotline.ask("agent1", kind, call, **given)
        assert refused.state == "refused"
        assert refused.answer
    citizen.hangup()
    hotline.nothing_is_left()


def test_what_is_said_during_a_pause_is_left_out_of_the_recording(hotline: Hotline) -> None:
    citizen, agent, call = hotline.talk()

    def says(hertz: int) -> None:
        for tone in (hertz, SILENCE):
            citizen._stream.tone = tone
            agent.until_hears({tone} - {SILENCE})

    hotline.until(lambda: hotline.recorded(call) or None)
    says(BEFORE)
    name = hotline.value(call).recording
    with hotline.node.ari() as client:
        assert hotline.ask("agent1", "pause", call).state == "done"
        hotline.until(lambda: client.recordings.live(name).state == "paused" or None)
        says(MEANWHILE)
        assert hotline.ask("agent1", "resume", call).state == "done"
        hotline.until(lambda: client.recordings.live(name).state == "recording" or None)
        says(AFTER)
        citizen.hangup()
        hotline.nothing_is_left()
        sound = alaw.decode(client.recordings.file(name))
    parts = [sound[start : start + tones.WINDOW] for start in range(0, len(sound) - tones.WINDOW, tones.WINDOW // 2)]
    heard = {hertz for hertz in (BEFORE, MEANWHILE, AFTER) if any(tones.strength(part, hertz) >= tones.AUDIBLE for part in parts)}
    assert heard == {BEFORE, AFTER}
