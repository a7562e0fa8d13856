"""People in a call: hold, consultation, three-way calls, transfers, recording, supervision."""

import pytest

from telephony.calls import effects as do
from telephony.calls import happenings as told
from tests.unit.telephony.line import CHANNEL, Line

# Hold


def test_a_citizen_on_hold_leaves_the_bridge_for_music_and_comes_back() -> None:
    line = Line().talking().asked("hold")
    assert line.one(do.Part).legs == (CHANNEL,)
    assert line.one(do.Music).on
    assert line.asked("hold").effects == []
    line.asked("unhold")
    assert line.one(do.Join).legs == (CHANNEL,)
    assert not line.one(do.Music).on


def test_the_hold_key_of_the_agent_holds_and_that_of_the_citizen_does_not() -> None:
    line = Line().talking()
    assert line.does(told.HoldKey(CHANNEL, True)).effects == []
    assert line.does(told.HoldKey(line.leg("agent").id, True)).call.held
    assert not line.does(told.HoldKey(line.leg("agent").id, False)).call.held


def test_time_on_hold_is_no_talk() -> None:
    line = Line().talking().later(10).asked("hold").later(100).asked("unhold").later(5).gone("citizen").gone("agent")
    line.does(told.Recorded(line.call.recording, None))
    assert line.told("CallEnded")[0]["talk_seconds"] == 15


# Consultation and three-way calls


def test_a_colleague_is_asked_while_the_citizen_waits() -> None:
    line = Line().talking().third("consult")
    assert line.call.held
    assert line.one(do.Engage) == do.Engage("expert1", "reserved")
    line.up("third")
    assert line.one(do.Engage) == do.Engage("expert1", "busy")
    assert line.one(do.Join).legs == (line.leg("third").id,)
    assert line.told("TransferCompleted") == []


def test_who_cannot_be_asked_leaves_the_citizen_with_the_agent() -> None:
    line = Line().talking().third("consult", None).gone("third", 17)
    assert (line.state, line.call.held, line.told("TransferCompleted")) == ("talking", False, [])


def test_all_three_talk_and_the_agent_leaves_the_two_others() -> None:
    line = Line().consulting().asked("join")
    assert not line.call.held
    line.asked("leave").gone("agent")
    assert (line.state, line.call.agent, line.leg("agent").who) == ("talking", "expert1", "expert1")
    assert [each["result"] for each in line.told("TransferCompleted")] == ["connected"]


def test_the_one_who_was_asked_is_sent_away_again() -> None:
    line = Line().consulting().asked("take-back")
    assert (line.hung_up(), line.call.held) == ({"third"}, False)
    assert line.gone("third").one(do.Free) == do.Free("expert1", True, "")
    assert line.state == "talking"


def test_one_of_two_who_were_brought_in_may_go_without_ending_the_call() -> None:
    line = Line().talking().third("conference", None).up("third")
    first = line.leg("third").id
    line.third("conference", None).up("third").gone("agent")
    assert line.state == "talking"
    assert line.does(told.Gone(first, 16)).state == "talking"
    assert line.gone("third").state == "closing"


# Transfers


def test_an_attended_transfer_hands_the_call_over_and_the_agent_goes() -> None:
    line = Line().consulting()
    before = line.leg("agent").id
    line.asked("transfer")
    assert line.one(do.Hangup).leg == before
    line.does(told.Gone(before, 16))
    assert (line.state, line.call.agent, line.call.held, line.call.transferring) == ("talking", "expert1", False, False)
    assert [each["agent"] for each in line.told("CallAnswered")] == ["agent1", "expert1"]
    assert line.one(do.Free) == do.Free("agent1", True, "")


@pytest.mark.parametrize("who", ["expert1", None])
@pytest.mark.parametrize("agent_first", [True, False])
def test_a_blind_transfer_is_completed_once_whoever_is_quicker(who: str | None, agent_first: bool) -> None:
    line = Line().talking().third("transfer", who)
    agent = line.leg("agent").id
    assert line.call.held
    if agent_first:
        line.does(told.Gone(agent, 16)).up("third")
    else:
        line.up("third").does(told.Gone(agent, 16))
    assert (line.state, line.call.held) == ("talking", False)
    assert [each["result"] for each in line.told("TransferCompleted")] == ["connected"]


@pytest.mark.parametrize("agent_first", [True, False])
def test_a_transfer_that_fails_brings_the_citizen_back_to_the_queue_whoever_is_quicker(agent_first: bool) -> None:
    line = Line().talking().third("transfer")
    ways = [line.leg("agent"), line.leg("third")]
    for leg in ways if agent_first else reversed(ways):
        line.does(told.Gone(leg.id, 16 if leg.role == "agent" else -1))
    assert (line.state, line.call.agent, line.call.held) == ("queued", None, False)
    assert [each["result"] for each in line.told("TransferCompleted")] == ["failed"]
    assert {each.agent for each in line.all if isinstance(each, do.Free)} == {"agent1", "expert1"}
    assert line.call.music == CHANNEL
    assert line.offered("agent2").up("agent").state == "talking"


def test_who_was_handed_to_somebody_outside_ends_with_them() -> None:
    line = Line().consulting(None).asked("transfer").gone("agent")
    assert line.told("TransferCompleted") == [{"call_id": line.call.id, "to": "110", "kind": "outside", "result": "connected"}]
    assert line.gone("third").hung_up() == {"citizen"}
    assert line.call.outcome == "talked"


def test_a_citizen_who_hangs_up_during_a_transfer_ends_it_for_all() -> None:
    line = Line().talking().third("transfer").gone("agent").gone("citizen")
    assert (line.state, line.hung_up()) == ("closing", {"third"})


def test_an_agent_who_hangs_up_ends_the_call_unless_somebody_else_talks() -> None:
    assert Line().talking().gone("agent").hung_up() == {"citizen"}
    assert Line().talking().third("consult").gone("agent").state == "closing"


# Recording and keys


def test_a_recording_is_paused_and_goes_on() -> None:
    line = Line().talking().asked("pause")
    assert line.one(do.PauseRecording) == do.PauseRecording(line.call.recording, on=True)
    assert line.asked("pause").effects == []
    assert not line.asked("resume").one(do.PauseRecording).on


def test_keys_go_to_the_others() -> None:
    assert Line().talking().asked("press", keys="12").of(do.Press) == [do.Press(CHANNEL, "12")]


def test_whoever_ends_the_call_ends_it_for_everybody() -> None:
    assert Line().consulting().asked("hang-up").hung_up() == {"citizen", "agent", "third"}


# Supervision


def supervised(mode: str) -> Line:
    """A call with a supervisor who has answered."""
    line = Line().talking().asked("supervise", "boss", endpoint="PJSIP/boss", mode=mode).up("listener")
    return line.does(told.Tapped(line.one(do.Tap).tap)) if line.of(do.Tap) else line


def test_who_listens_is_in_a_room_of_their_own_and_muted() -> None:
    line = supervised("listen")
    ear = line.call.ears[line.leg("listener").id]
    assert line.one(do.Join) == do.Join(ear.room, (ear.tap, ear.leg))
    assert line.one(do.Mute).on


def test_who_whispers_is_not_muted_and_may_stop_whispering() -> None:
    line = supervised("whisper")
    assert line.of(do.Mute) == []
    assert line.asked("supervise", "boss", endpoint="PJSIP/boss", mode="listen").one(do.Mute).on


def test_who_barges_in_leaves_the_room_for_the_call_and_can_go_back() -> None:
    line = supervised("listen")
    room = line.call.ears[line.leg("listener").id].room
    line.asked("supervise", "boss", endpoint="PJSIP/boss", mode="barge")
    assert line.of(do.Close) == [do.Close(room)]
    assert not line.one(do.Mute).on
    assert line.leg("listener").joined is not None
    assert line.asked("supervise", "boss", endpoint="PJSIP/boss", mode="whisper").one(do.Tap).whisper


def test_a_supervisor_who_changes_the_way_while_the_telephone_rings_gets_the_last_one() -> None:
    line = Line().talking().asked("supervise", "boss", endpoint="PJSIP/boss", mode="listen")
    assert line.asked("supervise", "boss", endpoint="PJSIP/boss", mode="barge").effects == []
    line.up("listener")
    assert line.of(do.Tap) == []
    assert line.leg("listener").joined is not None


def test_a_supervisor_takes_over_and_the_agent_goes() -> None:
    line = supervised("listen").asked("take-over", "boss")
    assert line.call.agent == "boss"
    assert line.call.ears == {}
    first = next(leg for leg in line.call.live("agent") if leg.who == "agent1")
    line.does(told.Gone(first.id, 16))
    assert (line.state, line.one(do.Free)) == ("talking", do.Free("agent1", True, ""))
    assert line.gone("agent").one(do.Free).agent == "boss"


def test_only_who_is_in_the_call_takes_over() -> None:
    assert Line().talking().asked("take-over", "boss").effects == []


def test_a_supervisor_who_takes_over_in_a_transfer_talks_with_the_citizen() -> None:
    line = supervised("barge").third("transfer").gone("agent").asked("take-over", "boss")
    assert (line.call.held, line.call.transferring) == (False, False)
    assert line.gone("third", 17).state == "talking"


def test_who_only_listens_is_never_put_before_the_citizen() -> None:
    line = Line().talking().asked("supervise", "boss", endpoint="PJSIP/boss", mode="listen").third("transfer").gone("agent")
    assert line.up("listener").hung_up() == {"listener"}
    assert line.of(do.Join) == []


def test_an_agent_is_forced_out_and_the_caller_comes_first_to_the_next() -> None:
    line = supervised("listen").asked("force-out", "boss")
    assert (line.state, line.call.agent, line.call.music) == ("queued", None, CHANNEL)
    assert line.one(do.Free) == do.Free("agent1", True)
    assert line.hung_up() == {"removed", "listener"}
    assert line.gone("removed").of(do.Free) == []
    assert line.offered("agent2").up("agent").state == "talking"


def test_whom_an_agent_was_about_to_ask_goes_with_the_agent_who_is_forced_out() -> None:
    line = Line().talking().third("consult").asked("force-out", "boss")
    assert {each.agent for each in line.of(do.Free)} == {"agent1", "expert1"}
    asked = next(leg for leg in line.call.live("removed") if leg.who == "expert1")
    assert line.does(told.Up(asked.id)).one(do.Hangup).leg == asked.id
    assert line.does(told.Gone(asked.id, 16)).state == "queued"


def test_who_talks_with_the_citizen_too_goes_on_when_the_agent_is_forced_out() -> None:
    line = Line().consulting(None).asked("join").asked("force-out", "boss").gone("agent")
    assert (line.state, line.call.held) == ("talking", False)


def test_supervisors_go_when_the_agent_they_listen_to_goes_and_leave_no_room() -> None:
    line = supervised("whisper").gone("agent")
    assert "listener" in line.hung_up()
    line.gone("listener")
    assert len(line.of(do.Close)) == 1
    assert line.of(do.Hangup)


def test_a_supervisors_room_is_closed_though_nobody_says_that_they_have_gone() -> None:
    line = supervised("listen")
    room = line.call.ears[line.leg("listener").id].room
    line.gone("citizen").gone("agent").elapsed("closing")
    assert do.Close(room) in line.effects
    assert line.state == "ended"


def test_who_is_in_a_call_already_does_not_take_it_over_a_second_time() -> None:
    line = supervised("listen").third("consult", "boss").up("third")
    assert line.asked("take-over", "boss").effects == []
