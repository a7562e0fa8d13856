"""Links that break: nothing that the exchange can keep is lost, a dead link is noticed, a restart is told from a cut."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from api.product import Product
from engine import clock
from telephony.ari import connect as connect_ari
from telephony.ari import snapshot
from telephony.ari.links import PROTOCOL, Listener, Receiver
from telephony.ari.messages import ApplicationReplaced, ChannelDestroyed, ChannelDtmfReceived, Event, StasisEnd, StasisStart
from telephony.ari.reaper import Reaper
from tests.fixtures.asterisk.node import KEPT, USER, Node
from tests.fixtures.phones import Telephones
from tests.fixtures.server import free_port
from tests.telephony.ari.cable import Cable
from tests.telephony.ari.hearing import SECONDS, Heard, listening
from tests.telephony.hotline import Hotline, Watched, opened

DIGITS = "0123456789" * 6
"""A hundred milliseconds each and as much between them: twelve seconds."""
GONE_SECONDS = 1.5


@contextmanager
def receiving(node: Node) -> Iterator[Heard]:
    """Somebody who takes the events that the exchange keeps."""
    heard, up = Heard(), threading.Event()
    receiver = Receiver("127.0.0.1", node.receiver_port, {node.name: node.password}, heard, lambda _node: up.set())
    receiver.start()
    try:
        assert up.wait(SECONDS)
        assert receiver.connected == {node.name}
        yield heard
    finally:
        receiver.stop()


def begun(name: str) -> Callable[[StasisStart], bool]:
    """Whether it is this channel that an application was given."""
    return lambda event: event.channel.id == name


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
        while ups.acquire(blocking=False):
            pass  # it had lost the link before, on a slow machine
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


def test_a_listener_with_a_wrong_password_says_why_it_hears_nothing(exchange: Node) -> None:
    listener = Listener(exchange.url, USER, "wrong", ["never"], Heard())
    with capture_logs() as said:
        listener.start()
        assert listener.lost.wait(SECONDS)
        listener.stop()
    assert [(line["user"], "refuses our user or password" in line["event"]) for line in said] == [(USER, True)]


def test_a_listener_waits_for_an_exchange_that_is_not_there_and_finds_it_once_it_is(exchange: Node) -> None:
    with Cable(exchange.url) as cable:
        cable.cut()
        listener = Listener(cable.url, USER, exchange.password, ["late"], Heard())
        listener.start()
        assert listener.lost.wait(SECONDS)
        assert not listener.connected.is_set()
        cable.mend()
        assert listener.connected.wait(SECONDS)
        listener.stop()


def test_a_listener_that_waits_for_an_exchange_can_be_stopped(exchange: Node) -> None:
    listener = Listener(f"http://127.0.0.1:{free_port()}/ari", USER, exchange.password, ["never"], Heard())
    listener.start()
    assert listener.lost.wait(SECONDS)
    listener.stop()
    assert not listener.connected.is_set()


def test_a_second_worker_with_the_same_name_is_told_to_the_first(exchange: Node) -> None:
    with listening(exchange, "twice") as first, listening(exchange, "twice"):
        first.wait(ApplicationReplaced)


def test_a_slow_reader_loses_nothing(exchange: Node) -> None:
    """It is held up at the first event until the exchange has far more to say than fits between them."""
    heard, go_on = Heard(), threading.Event()

    def slow(event: Event) -> None:
        assert go_on.wait(SECONDS)
        heard(event)

    names = {f"slow-{number:02}" for number in range(20)}
    listener = Listener(exchange.url, USER, exchange.password, ["slow"], slow, patience=SECONDS)
    listener.start()
    assert listener.connected.wait(SECONDS)
    with exchange.ari() as client:
        for name in names:
            client.channels.originate(name, "Local/silent@telephone", "slow")
        end = clock.real_now() + timedelta(seconds=SECONDS)
        while not names <= set(client.applications.get("slow").channel_ids):
            assert clock.real_now() < end
        for name in names:
            client.channels.hangup(name)
        go_on.set()
        # a channel is the application's before its beginning is told, so that one's end may come before another's beginning
        for kind in (StasisStart, StasisEnd):
            assert sorted(event.channel.id for event in heard.first(kind, len(names))) == sorted(names)
    listener.stop()


def test_a_request_without_an_answer_keeps_nobody_elses_call_from_going_on(sqlite_product: Product, exchange: Node) -> None:
    with Cable(exchange.url) as cable, opened(sqlite_product, exchange, url=cable.url) as hotline:
        hotline.change_plan(menus={"labour": {"say": ["menu"], "keys": {"1": "queue:general"}, "otherwise": "end"}})
        citizen = hotline.calls("12333")
        citizen.until_hears_speech()
        cable.hold(b"/answer")
        other = hotline.calls(caller="13900002222")
        assert cable.held.wait(SECONDS)
        citizen.press("1")
        hotline.until(lambda: [row for row in hotline.rows() if (row.service, row.state) == ("12333", "queued")] or None)
        citizen.hangup()
        assert hotline.call_in("ended").outcome == "abandoned"
        assert other.state != "up"
        cable.release()
        other.until("up").until_hears_speech()
        other.hangup()
        hotline.nothing_is_left()


def test_who_hangs_up_while_the_link_is_cut_is_known_after_it_and_who_talks_talks_on(sqlite_product: Product, exchange: Node) -> None:
    with Cable(exchange.url) as cable, opened(sqlite_product, exchange, url=cable.url) as hotline:
        citizen, agent, call = hotline.talk()
        caller = hotline.calls(caller="13900002222")
        waiting = hotline.call_in("queued").id
        before = hotline.value(waiting)
        cable.cut()
        caller.hangup()
        with exchange.ari() as client:
            hotline.until(lambda: not {leg.id for leg in before.live()} & {channel.id for channel in client.channels.list()})
        assert hotline.value(waiting).state == "queued"
        citizen.until_hears({agent.tone})
        cable.mend()
        ended = hotline.call_in("ended")
        assert (ended.id, ended.outcome) == (waiting, "abandoned")
        assert hotline.ask("agent1", "hold", call).state == "done"
        agent.until_silent()
        citizen.hangup()
        hotline.nothing_is_left()


def test_twelve_seconds_without_a_link_cost_a_worker_neither_a_key_nor_a_hang_up(sqlite_product: Product, exchange: Node) -> None:
    keys, port = "0123456789" * 3, free_port()
    plan: dict[str, dict[str, Any]] = {
        "numbers": {"*": {"name": "其他号码", "start": "node:keys", "human": "queue:general"}},
        "nodes": {
            "keys": {"type": "collect", "say": ["case-number"], "into": "keys", "most": 32, "seconds": 60, "next": "node:all"},
            "all": {"type": "branch", "cases": [{"if": f"keys == '{keys}'", "next": "queue:emergency"}], "otherwise": "queue:general"},
        },
    }
    with (
        Cable(exchange.url) as there,
        Cable(f"http://127.0.0.1:{port}", exchange.receiver_port) as here,
        Telephones(exchange) as phones,
        exchange.ari() as client,
        listening(exchange, "callers") as far,
        received(sqlite_product, exchange, there.url, port) as worker,
    ):
        hotline = Hotline(sqlite_product, exchange, phones, worker)
        hotline.change_plan(**plan)
        calls: dict[str, str] = {}
        for name in ("keys", "gone"):
            client.channels.originate(name, f"Local/hears-{KEPT}@incoming", "callers", args="far")
            far.wait(StasisStart, begun(name))
            calls[name] = hotline.until(lambda: next((row.id for row in hotline.rows() if row.id not in calls.values()), None))
        (leg,) = hotline.value(calls["keys"]).live()
        client.applications.subscribe("callers", f"channel:{leg.id}")
        for cable in (here, there):
            cable.cut()
        client.channels.press("keys", f"{keys}#", between=300, duration=100)
        client.channels.hangup("gone")
        far.wait(ChannelDtmfReceived, lambda event: event.digit == "#")
        assert {row.state for row in hotline.rows()} == {"ivr"}
        for cable in (there, here):
            cable.mend()
        assert hotline.call_in("ended").id == calls["gone"]
        row = hotline.call_in("queued")
        assert (row.id, row.queue) == (calls["keys"], "emergency")
        client.channels.hangup("keys")
        hotline.nothing_is_left()


@contextmanager
def received(product: Product, node: Node, url: str, port: int) -> Iterator[Watched]:
    """A worker that the exchange connects to at a port, and which asks it at an address."""
    with connect_ari(url, USER, node.password) as client:
        worker, up = Watched(client, KEPT, product.engine, product.database), threading.Event()
        worker.changed = threading.Condition()

        def connected(_node: str) -> None:
            worker.connected()
            up.set()

        receiver = Receiver("127.0.0.1", port, {node.name: node.password}, worker.sink, connected)
        thread = threading.Thread(target=worker.run, args=(receiver.start,))
        thread.start()
        try:
            assert up.wait(SECONDS)
            yield worker
        finally:
            worker.stop()
            thread.join()
            receiver.stop()


def test_channels_that_nobody_answers_for_are_ended_after_a_grace(exchange: Node) -> None:
    with exchange.ari() as client, listening(exchange, "reaped") as heard:
        for name in ("mine-1", "alone-1"):
            client.channels.originate(name, "Local/silent@telephone", "reaped")
            heard.wait(StasisStart, begun(name))
        reaper = Reaper(client, lambda channel: channel.id.startswith("mine"))
        now = clock.now()
        ours = [client.channels.get(name) for name in ("mine-1", "alone-1")]
        assert reaper.look(ours, now) == []
        assert reaper.look(ours, now + reaper._grace / 2) == []
        assert reaper.look(ours, now + reaper._grace) == ["alone-1"]
        heard.wait(StasisEnd, lambda event: event.channel.id == "alone-1")
        assert "mine-1" in snapshot.take(client).channels
        client.channels.hangup("mine-1")
