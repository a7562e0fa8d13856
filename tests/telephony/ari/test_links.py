"""Links that break: nothing that the exchange can keep is lost, a dead link is noticed, a restart is told from a cut."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from engine import clock
from telephony.ari import snapshot
from telephony.ari.links import PROTOCOL, Listener, Receiver
from telephony.ari.messages import ApplicationReplaced, ChannelDestroyed, ChannelDtmfReceived, StasisEnd, StasisStart
from telephony.ari.reaper import Reaper
from tests.fixtures.asterisk.node import KEPT, USER, Node
from tests.fixtures.server import free_port
from tests.telephony.ari.hearing import SECONDS, Heard, listening

DIGITS = "0123456789" * 6
"""A hundred milliseconds each and as much between them: twelve seconds."""
GONE_SECONDS = 0.3


@contextmanager
def receiving(node: Node) -> Iterator[Heard]:
    """Somebody who takes the events that the exchange keeps."""
    heard, up = Heard(), threading.Event()
    receiver = Receiver("127.0.0.1", node.receiver_port, {node.name: node.password}, heard, lambda _node: up.set())
    receiver.start()
    assert up.wait(SECONDS)
    assert receiver.connected == {node.name}
    yield heard
    receiver.stop()


def connections(node: Node, heard: Heard, application: str, count: Callable[[], None]) -> Listener:
    """A listener that notices soon when its link is dead."""
    return Listener(node.url, USER, node.password, [application], heard, count, patience=GONE_SECONDS)


def test_nothing_is_lost_while_nobody_listens_for_twelve_seconds(exchange: Node) -> None:
    with exchange.ari() as client, listening(exchange, "kept-far") as far:
        with receiving(exchange) as heard:
            client.channels.originate("kept-far-1", f"Local/hears-{KEPT}@incoming", "kept-far", args="far")
            call = heard.wait(StasisStart).channel.id
            client.channels.answer(call)
            far.wait(StasisStart, lambda event: event.channel.id == "kept-far-1")
            client.applications.subscribe("kept-far", f"channel:{call}")
        client.channels.press("kept-far-1", f"{DIGITS}#")
        far.wait(ChannelDtmfReceived, lambda event: event.digit == "#")
        with receiving(exchange) as heard:
            digits = ""
            while not digits.endswith("#"):
                digits += heard.wait(ChannelDtmfReceived).digit
            assert digits == f"{DIGITS}#"
            client.channels.hangup(call)
            heard.wait(StasisEnd, lambda event: event.channel.id == call)


def test_a_caller_who_gives_up_while_nobody_listens_is_told_later(exchange: Node) -> None:
    with exchange.ari() as client, listening(exchange, "given-up") as far:
        with receiving(exchange) as heard:
            client.channels.originate("given-up-1", f"Local/hears-{KEPT}@incoming", "given-up", args="far")
            call = heard.wait(StasisStart).channel.id
            client.channels.answer(call)
            far.wait(StasisStart, lambda event: event.channel.id == "given-up-1")
        client.channels.hangup("given-up-1")
        far.wait(ChannelDestroyed, lambda event: event.channel.id == "given-up-1")
        with receiving(exchange) as heard:
            heard.wait(StasisEnd, lambda event: event.channel.id == call)


def test_an_unknown_exchange_is_turned_away(exchange: Node) -> None:
    with receiving(exchange), pytest.raises(InvalidStatus) as refused:
        connect(
            f"ws://127.0.0.1:{exchange.receiver_port}/ari",
            subprotocols=[PROTOCOL],
            additional_headers={"Authorization": "Basic eDp5"},
            proxy=None,
        )
    assert refused.value.response.status_code == 401


def test_the_link_comes_up_again_after_a_crash_and_the_crash_is_known(mortal_exchange: Node) -> None:
    heard, ups = Heard(), threading.Semaphore(0)
    listener = connections(mortal_exchange, heard, "crashing", ups.release)
    listener.start()
    assert ups.acquire(timeout=SECONDS)
    with mortal_exchange.ari() as client:
        client.channels.originate("lost-1", "Local/silent@telephone", "crashing")
        heard.wait(StasisStart)
        before = snapshot.take(client)
        assert "lost-1" in before.channels
        assert not before.restarted(None)
        mortal_exchange.kill()
        mortal_exchange.start()
        assert ups.acquire(timeout=SECONDS)
        after = snapshot.take(client)
        assert after.restarted(before.startup_time)
        assert after.channels == {}
        assert after.asterisk_id == before.asterisk_id
        client.channels.originate("anew-1", "Local/silent@telephone", "crashing")
        heard.wait(StasisStart, lambda event: event.channel.id == "anew-1")
    listener.stop()


def test_a_frozen_link_is_noticed(mortal_exchange: Node) -> None:
    heard, ups = Heard(), threading.Semaphore(0)
    listener = connections(mortal_exchange, heard, "frozen", ups.release)
    listener.start()
    assert ups.acquire(timeout=SECONDS)
    assert listener.connected.wait(SECONDS)
    mortal_exchange.freeze()
    assert listener.lost.wait(SECONDS)
    mortal_exchange.thaw()
    assert ups.acquire(timeout=SECONDS)
    listener.stop()


def test_a_listener_with_a_wrong_password_gives_up_and_says_why(exchange: Node) -> None:
    listener = Listener(exchange.url, USER, "wrong", ["never"], Heard())
    listener.start()
    listener._thread.join(SECONDS)
    assert listener.refused is not None
    assert "密码不对" in listener.refused.message
    listener.stop()


def test_a_listener_waits_for_an_exchange_that_is_not_there_and_can_be_stopped(exchange: Node) -> None:
    listener = Listener(f"http://127.0.0.1:{free_port()}/ari", USER, exchange.password, ["never"], Heard())
    listener.start()
    assert not listener.connected.is_set()
    listener.stop()
    assert listener.refused is None


def test_a_second_worker_with_the_same_name_is_told_to_the_first(exchange: Node) -> None:
    with listening(exchange, "twice") as first, listening(exchange, "twice"):
        first.wait(ApplicationReplaced)


def test_a_slow_reader_loses_nothing(exchange: Node) -> None:
    """Requests take as long as they may, since the reading thread only puts events away."""
    with exchange.ari() as client, listening(exchange, "slow") as heard:
        for number in range(20):
            client.channels.originate(f"slow-{number}", "Local/silent@telephone", "slow")
        started = [heard.wait(StasisStart).channel.id for _ in range(20)]
        assert sorted(started) == sorted(f"slow-{number}" for number in range(20))
        for channel in started:
            client.channels.hangup(channel)


def test_channels_that_nobody_answers_for_are_ended_after_a_grace(exchange: Node) -> None:
    with exchange.ari() as client, listening(exchange, "reaped") as heard:
        for name in ("mine-1", "alone-1"):
            client.channels.originate(name, "Local/silent@telephone", "reaped")
            heard.wait(StasisStart, lambda event, name=name: event.channel.id == name)  # type: ignore[misc]  # mypy infers no default of a lambda
        reaper = Reaper(client, lambda channel: channel.id.startswith("mine"))
        now = clock.now()
        ours = [client.channels.get(name) for name in ("mine-1", "alone-1")]
        assert reaper.look(ours, now) == []
        assert reaper.look(ours, now + reaper._grace / 2) == []
        assert reaper.look(ours, now + reaper._grace) == ["alone-1"]
        heard.wait(StasisEnd, lambda event: event.channel.id == "alone-1")
        assert "mine-1" in snapshot.take(client).channels
        client.channels.hangup("mine-1")
