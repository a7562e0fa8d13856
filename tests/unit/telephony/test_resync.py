"""What must have happened while nobody listened: told by what the exchange had when it was asked, not by what began since."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from telephony.ari import Ari
from telephony.ari.errors import Gone as NoMore
from telephony.ari.models import Bridge, CallerID, Channel, DialplanCEP, LiveRecording
from telephony.ari.snapshot import Snapshot
from telephony.calls import effects as do
from telephony.calls import happenings as told
from telephony.calls.step import NO_EXCHANGE
from telephony.calls.values import AGENT, CITIZEN, CLICK, CLOSING, DIALLING, INBOUND, TALKING, Call, Ear, Leg
from telephony.worker.resync import JUST_NOW, differences, gone, heard, missing

ASKED = 100_000_000
NIGHT = datetime(2026, 3, 2, tzinfo=UTC)


def exchange(channels: dict[str, str], **bridges: tuple[str, ...]) -> Snapshot:
    """What an exchange has: channels with their states, bridges with who is inside."""
    nobody, nowhere = CallerID("", ""), DialplanCEP("", "", 0)
    there = {name: Channel(name, name, state, nobody, nobody, nowhere, NIGHT) for name, state in channels.items()}
    mixing = {name: Bridge(name, "", "mixing", "", "", "", inside, NIGHT) for name, inside in bridges.items()}
    return Snapshot(NIGHT, "node", there, mixing)


def records(running: str = "", *, stored: bytes | None = None) -> Ari:
    """An exchange's recordings: one in this state, if any, or one that is over."""

    def live(name: str) -> LiveRecording:
        if not running:
            raise NoMore(status=404, said="")
        return LiveRecording(name, "alaw", "", running)

    def file(_name: str) -> bytes:
        if stored is None:
            raise NoMore(status=404, said="")
        return stored

    return cast(Ari, SimpleNamespace(recordings=SimpleNamespace(live=live, file=file)))


def talking() -> Call:
    """A citizen and an agent who talk, and are to be recorded."""
    call = Call("c0123456789abcdef", INBOUND, 0, state=TALKING, bridge="b1", tap="s1", recording="r1")
    call.legs = {"in": Leg("in", CITIZEN, 0, up=0, joined=1), "out": Leg("out", AGENT, 0, up=1, joined=1)}
    return call


def test_legs_that_were_there_before_are_gone_and_younger_ones_are_not() -> None:
    call = Call("c0123456789abcdef", INBOUND, 0)
    call.legs = {
        "old": Leg("old", CITIZEN, 0, up=0),
        "still": Leg("still", AGENT, 0, up=1),
        "since": Leg("since", CITIZEN, ASKED + 1, up=ASKED + 1),
        "ringing": Leg("ringing", AGENT, ASKED - JUST_NOW - 1),
        "just": Leg("just", AGENT, ASKED - JUST_NOW),
        "over": Leg("over", AGENT, 0, up=1, ended=2),
    }
    found = list(gone(call, {"still"}, ASKED, ()))
    assert found == [told.Gone("old"), told.Gone("ringing", NO_EXCHANGE)]


def test_a_leg_that_the_exchange_was_not_asked_for_yet_is_not_gone() -> None:
    call = Call("c0123456789abcdef", INBOUND, 0)
    call.legs = {"ringing": Leg("ringing", AGENT, 0)}
    assert list(gone(call, {}, ASKED, {"ringing"})) == []


def test_two_who_talk_and_are_not_in_their_bridge_are_joined_again() -> None:
    there = {"in": "Up", "out": "Up"}
    assert list(missing(talking(), exchange(there, b1=("in", "out")), records(), ASKED)) == []
    assert list(missing(talking(), exchange(there, b1=("in",)), records(), ASKED)) == [do.Join("b1", ("out",))]
    assert list(missing(talking(), exchange(there), records(), ASKED)) == [do.Open("b1"), do.Join("b1", ("in", "out"))]
    assert list(missing(talking(), exchange({}), records(), ASKED)) == []


def test_who_was_joined_since_the_exchange_was_asked_is_not_joined_twice() -> None:
    call = talking()
    call.legs["out"].joined = ASKED
    assert list(missing(call, exchange({"in": "Up", "out": "Up"}, b1=("in",)), records(), ASKED)) == []


def test_who_is_on_hold_does_not_stay_in_the_bridge() -> None:
    call = talking()
    call.legs["in"].joined = None
    assert list(missing(call, exchange({"in": "Up", "out": "Up"}, b1=("in", "out")), records(), ASKED)) == [do.Part("b1", ("in",))]


def test_a_caller_who_was_not_answered_and_a_call_that_was_not_tapped_are() -> None:
    call = talking()
    call.legs["in"].joined, call.recording = None, ""
    found = list(missing(call, exchange({"in": "Ring", "out": "Up"}, b1=("out",)), records(), ASKED))
    assert found == [do.Answer("in"), do.Tap("in", "s1")]
    assert list(missing(call, exchange({"in": "Up", "out": "Up", "s1": "Up"}, b1=("out",)), records(), ASKED)) == []


def test_a_leg_that_was_given_up_and_those_of_a_call_that_is_over_are_hung_up() -> None:
    call = talking()
    call.legs["out"].ended = 2
    assert list(missing(call, exchange({"in": "Up", "out": "Ringing"}, b1=("in",)), records(), ASKED)) == [do.Hangup("out")]
    call.state = CLOSING
    assert list(missing(call, exchange({"in": "Up"}, b1=("in",)), records(), ASKED)) == [do.Hangup("in")]


HERE = exchange({"in": "Up", "out": "Up", "s1": "Up"}, b1=("in", "out"))


def test_what_is_to_be_left_out_of_a_recording_is_and_no_more() -> None:
    call = talking()
    assert list(missing(call, HERE, records("recording"), ASKED)) == []
    assert list(missing(call, HERE, records("paused"), ASKED)) == [do.PauseRecording("r1", on=False)]
    call.paused = True
    assert list(missing(call, HERE, records("recording"), ASKED)) == [do.PauseRecording("r1", on=True)]
    assert list(missing(call, HERE, records("paused"), ASKED)) == []


@pytest.mark.parametrize(
    ("there", "pending", "told_of_it"),
    [
        (records("recording"), "", []),
        (records(stored=bytes(16_000)), "", [told.Recorded("r1", 2)]),
        (records(), "r1", []),  # still to be asked for
        (records(), "", [told.Recorded("r1", None), told.Tapped("s1")]),
    ],
)
def test_a_recording_that_was_never_begun_is_begun_and_one_that_is_over_is_kept(
    there: Ari, pending: str, told_of_it: list[told.Happening]
) -> None:
    assert list(differences(talking(), HERE, there, ASKED, {pending})) == told_of_it


def test_a_tap_that_nobody_heard_of_is_told_once_the_talk_is_still_on() -> None:
    call = talking()
    call.recording = ""
    assert list(differences(call, HERE, records(), ASKED, ())) == [told.Tapped("s1")]
    call.state = CLOSING
    assert list(differences(call, HERE, records(), ASKED, ())) == []


def test_who_listens_and_is_not_in_the_call_yet_comes_in() -> None:
    call = talking()
    call.recording, call.tap = "", ""
    call.ears = {"ear": Ear("ear", "listen", tap="s2", room="b2")}
    assert list(differences(call, exchange({"in": "Up", "out": "Up", "s2": "Up"}), records(), ASKED, ())) == [told.Tapped("s2")]
    inside = exchange({"in": "Up", "out": "Up", "s2": "Up"}, b2=("s2", "ear"))
    assert list(differences(call, inside, records(), ASKED, ())) == []


def test_a_channel_that_has_gone_over_to_a_fellow_is_the_fellows() -> None:
    lists = {"ours": ("1", "2"), "theirs": ("2", "3")}

    def get(name: str) -> SimpleNamespace:
        if name not in lists:
            raise NoMore(status=404, said="")
        return SimpleNamespace(channel_ids=lists[name])

    ari = cast(Ari, SimpleNamespace(applications=SimpleNamespace(get=get)))
    assert heard(ari, "ours", ["theirs", "not here yet"]) == ({"1", "2"}, {"1"})


def test_a_citizen_whose_leg_is_there_and_was_never_rung_is() -> None:
    call = Call("c0123456789abcdef", CLICK, 0, state=DIALLING, bridge="b1")
    call.legs = {"in": Leg("in", AGENT, 0, up=0, joined=1), "out": Leg("out", CITIZEN, 0)}
    there = exchange({"in": "Up", "out": "Down"}, b1=("in",))
    assert list(differences(call, there, records(), ASKED, ())) == [told.Ready("out")]
    call.legs["out"].created = ASKED - JUST_NOW  # it may be told yet
    assert list(differences(call, there, records(), ASKED, ())) == []
    call.legs["out"] = Leg("out", CITIZEN, 0, joined=1)  # it was told, and the network lets nothing be heard but its own tones
    assert list(differences(call, there, records(), ASKED, ())) == []
    call.legs = {"out": Leg("out", CITIZEN, 0)}  # it was rung from the start
    assert list(differences(call, there, records(), ASKED, ())) == []


def test_a_prompt_that_the_exchange_was_not_asked_for_yet_is_not_over() -> None:
    call = talking()
    call.playing = "p1"
    there = cast(Ari, SimpleNamespace(recordings=records("recording").recordings, playbacks=SimpleNamespace(get=_nothing)))
    assert list(differences(call, HERE, there, ASKED, {"p1"})) == []
    assert list(differences(call, HERE, there, ASKED, ())) == [told.Played("p1")]


def _nothing(_name: str) -> None:
    raise NoMore(status=404, said="")
