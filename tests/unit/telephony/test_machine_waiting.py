"""From the arrival of a call to the agent who answers: menus, queue, offers, voicemail, blocked numbers, the end."""

import pytest

from telephony.calls import effects as do
from telephony.calls import happenings as told
from telephony.calls.machine import ASKS, may
from telephony.calls.step import NO_EXCHANGE
from tests.unit.telephony.line import CALLER, CHANNEL, Line

# Arrival


def test_a_call_is_answered_and_waits_in_the_queue_of_its_number() -> None:
    line = Line().came_in()
    assert line.one(do.Answer).leg == CHANNEL
    assert (line.state, line.call.queue, line.heard()) == ("queued", "general", ("queued",))
    assert line.told("CallReceived") == [{"call_id": line.call.id, "service": "12345", "queue": "general"}]
    assert set(line.call.due) == {"longest", "place"}


def test_a_number_that_the_plan_does_not_name_goes_where_the_catch_all_leads() -> None:
    assert Line().came_in("10086").call.queue == "general"


def test_a_blocked_number_hears_an_excuse_and_is_hung_up() -> None:
    line = Line().came_in(blocked=True)
    assert (line.state, line.heard()) == ("asking", ("blocked",))
    assert line.key("0").effects == []
    line.played()
    assert (line.state, line.hung_up()) == ("closing", {"citizen"})
    line.gone("citizen")
    assert (line.state, line.call.outcome) == ("ended", "blocked")
    assert line.told("CallReceived") == line.told("CallEnded") == []


def test_an_emergency_number_is_never_blocked() -> None:
    assert Line().came_in("9500012", blocked=True).told("PagerPressed")


# Menus


def test_a_key_interrupts_the_menu_and_leads_on() -> None:
    line = Line().came_in("12333")
    menu = line.call.playing
    assert (line.state, line.heard()) == ("ivr", ("welcome", "menu"))
    line.key("1")
    assert line.one(do.StopPlaying).playback == menu
    assert (line.state, line.call.queue) == ("queued", "labour")


@pytest.mark.parametrize(("digit", "state"), [("0", "queued"), ("3", "voicemail"), ("9", "asking"), ("4", "ivr")])
def test_each_key_leads_where_the_plan_says_and_zero_to_a_human(digit: str, state: str) -> None:
    assert Line().came_in("12333").key(digit).state == state


def test_an_unknown_key_is_told_and_the_menu_put_again_then_the_way_without_keys_is_taken() -> None:
    line = Line().came_in("12333").key("7")
    assert line.heard() == ("invalid", "welcome", "menu")
    assert line.key("8").call.queue == "labour"


def test_who_presses_nothing_is_asked_again_and_then_led_on() -> None:
    line = Line().came_in("12333").played()
    assert line.call.due.keys() == {"keys"}
    assert line.elapsed("keys").heard() == ("welcome", "menu")
    assert line.played().elapsed("keys").state == "queued"


def test_who_hangs_up_in_a_menu_was_served_by_it_and_nobody_is_told() -> None:
    line = Line().came_in("12333").gone("citizen")
    assert (line.state, line.call.outcome) == ("ended", "served")
    assert line.told("CallMissed") == line.told("CallEnded") == []


# Waiting


def test_after_the_greeting_there_is_music() -> None:
    assert Line().came_in().played().one(do.Music) == do.Music(CHANNEL, on=True)


def test_a_place_is_told_while_others_are_before() -> None:
    line = Line().came_in().played()
    line.later(30).does(told.Place(2))
    assert len(line.of(do.Play)) == 1
    assert line.one(do.Music) == do.Music(CHANNEL, on=False)
    assert line.played().one(do.Music).on
    assert line.later(30).does(told.Place(0)).effects == []
    assert "place" in line.call.due


def test_a_place_that_falls_due_while_an_agent_rings_is_put_off_and_not_due_for_ever() -> None:
    line = Line().came_in().played().later(29).offered().later(2)
    before = line.call.due["place"]
    line.does(told.Place(3))
    assert line.effects == []
    assert line.call.due["place"] > before + 29_000_000


def test_who_waits_too_long_is_asked_for_a_message() -> None:
    line = Line().came_in().elapsed("longest")
    assert (line.state, line.heard()) == ("voicemail", ("all-busy", "voicemail"))


def test_an_agent_who_rings_at_the_end_of_the_longest_wait_rings_no_longer() -> None:
    line = Line().came_in().offered().elapsed("longest")
    assert (line.state, line.hung_up(), line.call.agent) == ("voicemail", {"agent"}, None)
    assert line.gone("agent").one(do.Free) == do.Free("agent1", False, "")


def test_who_gives_up_waiting_is_a_missed_call() -> None:
    line = Line().came_in().gone("citizen")
    assert (line.state, line.call.outcome) == ("ended", "abandoned")
    assert len(line.told("CallMissed")) == 1
    assert [each["outcome"] for each in line.told("CallEnded")] == ["abandoned"]


# Offers


def test_an_agent_who_was_found_rings_and_sees_who_calls() -> None:
    line = Line().came_in().offered()
    ring = line.one(do.Ring)
    assert (line.state, ring.endpoint, ring.seconds, ring.caller) == ("offering", "PJSIP/agent1", 15, CALLER)


def test_an_agent_who_is_not_needed_any_more_is_free_again() -> None:
    assert Line().came_in("12333").offered("agent2").effects == [do.Free("agent2", talked=False)]


@pytest.mark.parametrize(
    ("cause", "reason"), [(17, "refused"), (21, "refused"), (19, "no-answer"), (-1, "unreachable"), (None, "unreachable")]
)
def test_who_does_not_answer_is_set_busy_with_the_reason_and_the_call_waits_on(cause: int | None, reason: str) -> None:
    line = Line().came_in().offered().gone("agent", cause)
    assert line.one(do.Free) == do.Free("agent1", False, reason)
    assert (line.state, line.call.tried, line.call.agent) == ("queued", ["agent1"], None)
    assert "ring" not in line.call.due


def test_for_an_exchange_that_does_not_answer_no_agent_is_set_busy_and_the_same_one_may_be_rung_again() -> None:
    line = Line().came_in().offered().gone("agent", NO_EXCHANGE)
    assert line.one(do.Free) == do.Free("agent1", False, "")
    assert (line.state, line.call.tried, line.call.agent) == ("queued", [], None)


def test_who_answers_a_ringing_that_was_given_up_is_hung_up_and_not_left_in_silence() -> None:
    line = Line().came_in().offered().gone("agent", NO_EXCHANGE)
    assert line.up("agent").hung_up() == {"agent"}
    assert line.state == "queued"
    line.offered("agent2").up("agent")
    assert line.state == "talking"


def test_ringing_that_the_exchange_forgets_to_end_is_ended() -> None:
    assert Line().came_in().offered().elapsed("ring").hung_up() == {"agent"}


def test_an_agent_answers_and_both_are_bridged_and_recorded() -> None:
    line = Line().came_in().offered().up("agent")
    bridge = line.one(do.Open).bridge
    assert len(line.of(do.StopPlaying)) == 1
    assert line.one(do.Join) == do.Join(bridge, (CHANNEL, line.leg("agent").id))
    assert line.one(do.Engage) == do.Engage("agent1", "busy")
    assert line.told("CallAnswered") == [{"call_id": line.call.id, "agent": "agent1"}]
    assert (line.state, line.call.due) == ("talking", {})
    tap = line.one(do.Tap).tap
    assert line.does(told.Tapped(tap)).one(do.Record) == do.Record(tap, line.call.recording)


def test_a_conversation_that_is_over_before_it_can_be_recorded_is_not_waited_for() -> None:
    line = Line().came_in().offered().up("agent").gone("citizen")
    assert line.does(told.Tapped(line.call.tap)).effects == []
    line.gone("agent")
    assert (line.state, line.of(do.Keep)) == ("ended", [])
    assert do.Hangup(line.call.tap) in line.effects


def test_a_queue_that_is_not_recorded_is_not() -> None:
    assert Line().came_in("12333").key("1").offered().up("agent").of(do.Tap) == []


def test_who_answers_when_the_caller_has_gone_is_hung_up() -> None:
    line = Line().came_in().offered().gone("citizen")
    assert (line.state, line.hung_up()) == ("closing", {"agent"})
    assert line.up("agent").hung_up() == {"agent"}
    line.gone("agent")
    assert (line.state, line.one(do.Free)) == ("ended", do.Free("agent1", True, ""))


def test_a_call_that_waits_or_rings_is_picked_up_by_somebody_else_who_is_reserved() -> None:
    line = Line().came_in().offered().asked("pick-up", "agent2", endpoint="PJSIP/agent2")
    assert line.of(do.Free) == [do.Free("agent1", talked=False)]
    assert line.of(do.Engage) == [do.Engage("agent2", "reserved")]
    assert line.one(do.Ring).endpoint == "PJSIP/agent2"
    assert line.up("passed").hung_up() == {"passed"}
    line.gone("passed")
    assert line.of(do.Free) == []
    assert line.up("agent").call.agent == "agent2"


# Voicemail


def test_outside_the_hours_a_message_is_asked_for_and_kept() -> None:
    line = Line().came_in("12399")
    assert (line.state, line.heard()) == ("voicemail", ("after-hours", "voicemail"))
    record = line.played().one(do.Record)
    assert (record.channel, record.message) == (CHANNEL, True)
    line.recorded(12)
    assert line.one(do.Keep) == do.Keep(record.name, "voicemail", 12, None)
    assert [each["seconds"] for each in line.told("VoicemailLeft")] == [12]
    assert line.heard() == ("voicemail-saved",)
    assert (line.played().gone("citizen").call.outcome, line.told("CallMissed")) == ("voicemail", [])


def test_who_hangs_up_after_the_message_has_left_one() -> None:
    line = Line().came_in("12366").played().recorded(5).gone("citizen")
    assert (line.state, line.call.outcome, line.told("CallMissed")) == ("ended", "voicemail", [])


@pytest.mark.parametrize(("seconds", "outcome"), [(5, "voicemail"), (1, "abandoned"), (None, "abandoned")])
def test_who_hangs_up_while_speaking_is_waited_for(seconds: int | None, outcome: str) -> None:
    line = Line().came_in("12366").played().gone("citizen")
    assert line.state == "voicemail"
    line.recorded(seconds)
    assert (line.state, line.call.outcome) == ("ended", outcome)
    assert len(line.told("CallMissed")) == (outcome == "abandoned")


def test_who_hangs_up_before_the_beep_is_a_missed_call() -> None:
    assert Line().came_in("12366").gone("citizen").call.outcome == "abandoned"


def test_a_message_of_a_call_that_is_ended_by_others_is_kept_as_one() -> None:
    line = Line().came_in("12366").played().asked("hang-up")
    line.recorded(9)
    assert line.one(do.Keep).kind == "voicemail"
    assert line.gone("citizen").call.outcome == "voicemail"


def test_a_call_that_was_never_received_is_not_told_to_have_ended() -> None:
    line = Line().came_in("12366").played().recorded(9).gone("citizen")
    assert line.told("CallReceived") == line.told("CallEnded") == []


def test_a_message_after_a_conversation_does_not_take_the_conversations_recording() -> None:
    line = Line().talking().asked("force-out")
    talk = line.call.recording
    line.elapsed("longest")
    assert line.one(do.StopRecording).name == talk
    line.does(told.Recorded(talk, 40))
    assert line.one(do.Keep).kind == "call"
    assert line.played().one(do.Record).message
    assert line.recorded(7).one(do.Keep).kind == "voicemail"


def test_a_closed_queue_without_voicemail_says_so_and_ends() -> None:
    line = Line().came_in("12388")
    assert line.heard() == ("after-hours",)
    assert line.played().gone("citizen").call.outcome == "served"


# The end


def test_who_is_hung_up_and_does_not_go_is_forgotten_after_ten_seconds() -> None:
    line = Line().talking().gone("citizen")
    assert line.state == "closing"
    line.elapsed("closing")
    assert (line.state, line.one(do.Free)) == ("ended", do.Free("agent1", True, ""))
    assert line.of(do.Close)


def test_a_call_ends_when_its_recording_is_there() -> None:
    line = Line().talking().later(30).gone("citizen").gone("agent")
    assert line.state == "closing"
    line.recorded(30)
    assert (line.state, line.one(do.Keep)) == ("ended", do.Keep(line.one(do.Keep).name, "call", 30, "agent1"))
    assert line.told("CallEnded") == [{"call_id": line.call.id, "agent": "agent1", "outcome": "talked", "talk_seconds": 30}]


def test_nothing_happens_to_a_call_that_is_over() -> None:
    line = Line().came_in().gone("citizen")
    for happening in (
        told.Up(CHANNEL),
        told.Gone(CHANNEL),
        told.Key(CHANNEL, "1"),
        told.Elapsed("longest"),
        told.Asked("hang-up", "admin"),
    ):
        assert line.does(happening).effects == []


@pytest.mark.parametrize("kind", sorted(ASKS))
def test_what_may_be_asked_is_possible_in_its_states_alone(kind: str) -> None:
    line = Line().came_in("12333")
    assert may(line.call, kind) == ("ivr" in ASKS[kind][1])
    assert not may(line.call, "dance")
    if not may(line.call, kind):
        assert line.asked(kind).effects == []


def test_what_is_told_twice_counts_once() -> None:
    line = Line().talking()
    assert line.up("agent").effects == []
    assert line.gone("agent").effects
    assert line.gone("agent").effects == []
