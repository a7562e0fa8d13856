"""Calls on a real exchange: made, answered, bridged, played to, recorded, ended, each told by its events."""

import time
import uuid
from collections.abc import Iterator

import pytest

from telephony import ari
from telephony.ari.errors import AccessDenied, Busy, Gone, NotInStasis, Unavailable, Unreachable
from telephony.ari.messages import (
    ApplicationRegistered,
    BridgeDestroyed,
    CallBroadcast,
    ChannelDestroyed,
    ChannelDtmfReceived,
    ChannelEnteredBridge,
    ChannelLeftBridge,
    ChannelStateChange,
    Dial,
    PlaybackFinished,
    PlaybackStarted,
    RecordingFinished,
    RecordingStarted,
    StasisEnd,
    StasisStart,
)
from tests.fixtures.asterisk.node import USER, Node
from tests.fixtures.server import free_port
from tests.telephony.ari.hearing import SECONDS, Heard, listening

FREE, BUSY_CAUSE = 16, 17


@pytest.fixture
def client(exchange: Node) -> Iterator[ari.Ari]:
    """A client of the shared exchange."""
    with exchange.ari() as found:
        yield found


@pytest.fixture
def app() -> str:
    """The name of an application of this test's own."""
    return f"app-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def heard(exchange: Node, app: str) -> Iterator[Heard]:
    """The events of that application."""
    with listening(exchange, app) as found:
        yield found


def called(client: ari.Ari, heard: Heard, app: str, number: str = "silent", name: str = "") -> str:
    """Call somebody and wait until they are in our hands; the channel's id."""
    channel = name or f"call-{uuid.uuid4().hex[:8]}"
    client.channels.originate(channel, f"Local/{number}@telephone", app, args="out,first", caller_id="12345")
    start = heard.wait(StasisStart, lambda event: event.channel.id == channel)
    assert start.args == ("out", "first")
    return channel


def test_a_call_that_comes_in_is_answered_and_ended(client: ari.Ari, heard: Heard, app: str) -> None:
    client.channels.originate("caller-1", f"Local/hears-{app}@incoming", app, args="far", timeout=20)
    start = heard.wait(StasisStart, lambda event: event.args == ("incoming",))
    assert (start.application, start.channel.state, start.asterisk_id) == (app, "Ring", "02:00:00:00:00:00")
    assert start.timestamp is not None
    client.applications.subscribe(app, f"channel:{start.channel.id}")
    client.channels.answer(start.channel.id)
    heard.wait(ChannelStateChange, lambda event: event.channel.id == start.channel.id and event.channel.state == "Up")
    client.channels.hangup(start.channel.id, cause=FREE)
    assert heard.wait(ChannelDestroyed, lambda event: event.channel.id == start.channel.id).cause == FREE
    with pytest.raises(Gone):
        client.channels.get(start.channel.id)


def test_a_second_try_with_the_same_id_is_refused(client: ari.Ari, heard: Heard, app: str) -> None:
    channel = called(client, heard, app)
    with pytest.raises(Busy):
        client.channels.originate(channel, "Local/silent@telephone", app)
    assert [one.id for one in client.channels.list() if one.id == channel] == [channel]
    client.channels.hangup(channel)


def test_who_is_engaged_is_told_by_the_cause(client: ari.Ari, heard: Heard, app: str) -> None:
    client.channels.originate("to-busy", "Local/busy@telephone", app)
    assert heard.wait(Dial, lambda event: event.peer.id == "to-busy" and event.dialstatus not in ("", "RINGING")).dialstatus == "BUSY"
    assert heard.wait(ChannelDestroyed, lambda event: event.channel.id == "to-busy").cause == BUSY_CAUSE


def test_a_telephone_that_is_not_registered_is_unavailable(client: ari.Ari, heard: Heard, app: str) -> None:
    end = time.monotonic() + SECONDS
    while client.endpoints.get("1001").state != "offline":  # another test's has just signed off
        assert time.monotonic() < end
    with pytest.raises(Unavailable) as refused:
        client.channels.originate("to-nobody", "PJSIP/1001", app)
    assert refused.value.details["said"] == "Allocation failed"


def test_two_are_brought_together_and_apart(client: ari.Ari, heard: Heard, app: str) -> None:
    bridge = client.bridges.create(f"bridge-{app}", name="talk")
    client.applications.subscribe(app, f"bridge:{bridge.id}")
    one, other = called(client, heard, app), called(client, heard, app, "keys42")
    client.bridges.add(bridge.id, one, other)
    for channel in (one, other):
        heard.wait(ChannelEnteredBridge, lambda event, channel=channel: event.channel is not None and event.channel.id == channel)  # type: ignore[misc]  # mypy infers no default of a lambda
    assert set(client.bridges.get(bridge.id).channels) == {one, other}
    assert [event.digit for event in heard.first(ChannelDtmfReceived, 2, lambda event: event.channel.id == other)] == ["4", "2"]
    client.bridges.remove(bridge.id, one)
    heard.wait(ChannelLeftBridge, lambda event: event.channel.id == one)
    client.bridges.destroy(bridge.id)
    heard.wait(BridgeDestroyed, lambda event: event.bridge.id == bridge.id)
    with pytest.raises(Gone):
        client.bridges.get(bridge.id)
    for channel in (one, other):
        client.channels.hangup(channel)


def test_a_prompt_is_played_and_stopped(client: ari.Ari, heard: Heard, app: str) -> None:
    channel = called(client, heard, app)
    client.channels.play(channel, f"{app}-1", "sound:demo-congrats", language="en")
    assert heard.wait(PlaybackStarted).playback.id == f"{app}-1"
    client.playbacks.control(f"{app}-1", "pause")
    assert client.playbacks.get(f"{app}-1").state == "paused"
    client.playbacks.stop(f"{app}-1")
    assert heard.wait(PlaybackFinished).playback.id == f"{app}-1"
    client.channels.play(channel, f"{app}-2", "sound:there-is-no-such-prompt")
    assert heard.wait(PlaybackFinished).playback.state == "failed"
    client.channels.hangup(channel)


def test_a_call_is_recorded_through_a_snoop(client: ari.Ari, heard: Heard, app: str) -> None:
    channel = called(client, heard, app, "echo")
    name = f"2026/案件 {app}"
    client.channels.snoop(channel, f"{app}-ear", app, args="ear")
    heard.wait(StasisStart, lambda event: event.channel.id == f"{app}-ear")
    client.channels.record(f"{app}-ear", name)
    assert heard.wait(RecordingStarted).recording.name == name
    client.recordings.pause(name)
    client.recordings.resume(name)
    client.recordings.stop(name)
    finished = heard.wait(RecordingFinished).recording
    assert (finished.name, finished.format, finished.state) == (name, "alaw", "done")
    assert client.recordings.stored(name).format == "alaw"
    assert isinstance(client.recordings.file(name), bytes)
    client.recordings.delete(name)
    with pytest.raises(Gone):
        client.recordings.file(name)
    client.channels.hangup(channel)


def test_variables_are_read_and_set(client: ari.Ari, heard: Heard, app: str) -> None:
    channel = called(client, heard, app)
    client.channels.set_variable(channel, "CASE", "TS 2026/1&x=案")
    assert client.channels.variable(channel, "CASE") == "TS 2026/1&x=案"
    assert client.channels.variable(channel, "CALLERID(num)") == "12345"
    client.channels.hangup(channel)


def test_a_call_goes_on_in_the_dial_plan_and_is_ours_no_longer(client: ari.Ari, heard: Heard, app: str) -> None:
    channel = called(client, heard, app)
    client.channels.leave(channel, context="telephone", extension="silent", priority=1)
    heard.wait(StasisEnd, lambda event: event.channel.id == channel)
    with pytest.raises(NotInStasis):
        client.channels.answer(channel)
    client.channels.hangup(channel)


def test_a_live_call_moves_to_another_worker(exchange: Node, client: ari.Ari, heard: Heard, app: str) -> None:
    with listening(exchange, f"{app}-two") as other:
        channel = called(client, heard, app)
        client.channels.move(channel, f"{app}-two", args="moved")
        assert other.wait(StasisStart, lambda event: event.channel.id == channel).args == ("moved",)
        heard.wait(StasisEnd, lambda event: event.channel.id == channel)
        client.channels.hangup(channel)


def test_of_two_workers_the_first_to_claim_has_the_call(exchange: Node, client: ari.Ari, app: str) -> None:
    names = [f"offered-{app}-{number}" for number in range(2)]
    with listening(exchange, names[0]) as first, listening(exchange, names[1]) as second:
        client.channels.originate(f"{app}-far", "Local/offered@incoming", names[0], args="far")
        call = first.wait(CallBroadcast).channel.id
        assert second.wait(CallBroadcast).channel.id == call
        client.applications.claim(call, names[1])
        assert second.wait(StasisStart, lambda event: event.channel.id == call).application == names[1]
        with pytest.raises((Busy, Gone)):
            client.applications.claim(call, names[0])
        client.channels.hangup(call)


def test_only_the_kinds_that_are_asked_for_come(client: ari.Ari, heard: Heard, app: str) -> None:
    client.applications.only(app, ["StasisStart", "StasisEnd"])
    channel = called(client, heard, app)
    client.channels.set_variable(channel, "CASE", "1")
    client.channels.hangup(channel)
    heard.wait(StasisEnd, lambda event: event.channel.id == channel)
    assert {type(event) for event in heard.all if not isinstance(event, ApplicationRegistered)} == {StasisStart, StasisEnd}


def test_a_telephone_is_watched_and_no_longer(client: ari.Ari, heard: Heard, app: str) -> None:
    assert client.applications.subscribe(app, "endpoint:PJSIP/1001").endpoint_ids == ("PJSIP/1001",)
    client.applications.unsubscribe(app, "endpoint:PJSIP/1001")
    assert client.applications.get(app).endpoint_ids == ()


def test_the_prompts_of_the_exchange_are_known(client: ari.Ari) -> None:
    sounds = {sound.id for sound in client.system.sounds("en")}
    assert "demo-congrats" in sounds


def test_a_wrong_password_is_told_at_once(exchange: Node) -> None:
    with ari.connect(exchange.url, USER, "wrong") as stranger, pytest.raises(AccessDenied):
        stranger.system.ping()


def test_nobody_there_is_told(exchange: Node) -> None:
    with ari.connect(f"http://127.0.0.1:{free_port()}/ari", USER, exchange.password) as nobody, pytest.raises(Unreachable):
        nobody.system.ping()


@pytest.mark.parametrize("name", ["../x", "a/b", "%2e", "a?b=c", "案件 1"])
def test_an_id_is_never_part_of_the_path(client: ari.Ari, name: str) -> None:
    with pytest.raises(Gone) as refused:
        client.channels.get(name)
    assert "/channels/" in refused.value.details["path"]
