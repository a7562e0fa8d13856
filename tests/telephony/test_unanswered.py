"""An exchange that does not answer, cannot do what it was asked, or never comes back: nobody is blamed, or left in silence or on a call."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest

from api.product import Product
from telephony.ari import Ari, transport
from telephony.ari.errors import AriError, Busy, Gone, Unavailable, Unreachable
from telephony.calls.effects import Join, Make, Open, Play, Record, Request, Ring, Tap
from telephony.calls.models import PhoneNotice
from telephony.worker import leases, requests, worker
from tests.fixtures.asterisk.node import Node
from tests.fixtures.phones import rings
from tests.telephony.hotline import SECONDS, Hotline, opened

PLAYING = "Playing 'bihuan/queued."


def test_calls_of_an_exchange_that_is_lost_are_ended_by_anothers_worker(
    sqlite_product: Product, exchange: Node, mortal_exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LOST", leases.LAPSE)
    monkeypatch.setattr(worker, "REAP", leases.EVERY)
    with opened(sqlite_product, exchange) as here:
        with opened(sqlite_product, mortal_exchange) as there:
            _citizen, _agent, call = there.talk()
            mortal_exchange.kill()
        here.seat_in("agent1", "wrap_up")
        row = here.call_in("ended")
        assert (row.id, row.node, row.outcome) == (call, there.worker.node, "talked")
        here.until(lambda: not notices(here) or None)


def notices(hotline: Hotline) -> list[PhoneNotice]:
    """What the processes were not told yet."""
    with hotline.product.engine.read() as session:
        return session.query(PhoneNotice).all()


def test_two_who_do_not_hear_each_other_are_joined_when_the_link_is_up_again(hotline: Hotline, exchange: Node) -> None:
    citizen, agent, call = hotline.talk()
    legs, bridge = sorted(leg.id for leg in hotline.value(call).live()), hotline.value(call).bridge
    with exchange.ari() as client:

        def together() -> bool | None:
            with suppress(Gone):
                return sorted(client.bridges.get(bridge).channels) == legs or None
            return None

        client.bridges.destroy(bridge)
        hotline.worker.connected()
        hotline.until(together)
        citizen.until_hears({agent.tone})
        agent.until_hears({citizen.tone})
        client.bridges.add(bridge, *legs)  # what is asked for twice does no harm
        citizen.until_hears({agent.tone})
    citizen.hangup()
    agent.until("ended")
    hotline.nothing_is_left()


def test_an_exchange_that_answers_late_rings_its_agents_once_and_blames_none(
    sqlite_product: Product, mortal_exchange: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused, truly = threading.Event(), requests._patience

    def patience(request: Request, refusal: AriError) -> timedelta:
        if isinstance(request, Ring) and isinstance(refusal, Unreachable):
            refused.set()
        return truly(request, refusal)

    monkeypatch.setattr(requests, "_patience", patience)
    with opened(sqlite_product, mortal_exchange) as hotline:
        citizen, phone = hotline.calls(), hotline.phones.seat("1001", policy=rings())
        hotline.call_in("queued")
        citizen.until_hears_speech()
        monkeypatch.setattr(transport, "ANSWER_SECONDS", 0.5)
        mortal_exchange.freeze()
        hotline.sign_in("agent1", "1001")
        assert refused.wait(SECONDS)
        mortal_exchange.thaw()
        phone.ringing().answer()
        citizen.until_hears({phone.tone})
        assert hotline.seat("agent1").state == "busy"
        citizen.hangup()
        hotline.nothing_is_left()


def plays(client: Ari, playback: str) -> bool:
    """Whether the exchange plays a prompt, or will."""
    try:
        client.playbacks.get(playback)
    except Gone:
        return False
    return True


def test_what_is_asked_for_twice_is_done_once(hotline: Hotline, exchange: Node) -> None:
    _citizen, agent, call = hotline.talk()
    hotline.phones.seat("1002", policy=rings())
    leg = next(iter(hotline.value(call).legs))
    ring, play = Ring(f"{call}.90", "PJSIP/1002", 20, "12345"), Play(leg, f"{call}.p91", ("queued",))
    tap = Tap(leg, f"{call}.s94")
    asked = [ring, Make(f"{call}.92", "PJSIP/1002", leg), Open(f"{call}.b93"), tap, Record(tap.tap, f"{call}.r95")]
    before = exchange.log().count(PLAYING)
    with exchange.ari() as client:

        def make(request: Request) -> None:
            requests.make(request, client, hotline.worker.app)
            if request is tap:
                hotline.until(lambda: tap.tap in client.applications.get(hotline.worker.app).channel_ids or None)

        for request in [*asked, Join(hotline.value(call).bridge, (leg,)), play]:
            make(request)
        for request in asked:
            with pytest.raises(Unavailable if isinstance(request, Tap) else Busy):
                requests.make_again(request, client, hotline.worker.app)
        requests.make_again(play, client, hotline.worker.app)
        hotline.until(lambda: exchange.log().count(PLAYING) > before or None)
        client.playbacks.stop(play.playback)
        hotline.until(lambda: not plays(client, play.playback) or None)
        assert exchange.log().count(PLAYING) == before + 1
        for name in (ring.leg, f"{call}.92"):
            client.channels.hangup(name)
        client.bridges.destroy(f"{call}.b93")
    agent.hangup()
    hotline.nothing_is_left()
