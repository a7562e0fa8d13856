"""Telephones on the real exchange: they register, call, ring, talk, hold and hang up, and each hears whom it should and nobody else."""

import itertools
import ssl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from telephony import ari
from telephony.ari.errors import Busy, Gone
from telephony.ari.messages import CallBroadcast, ChannelDestroyed, ChannelDtmfReceived, ChannelHold, ChannelUnhold, Dial, StasisStart
from telephony.prompts import checking, media
from telephony.seats import browsers
from tests.fixtures.asterisk.node import Node
from tests.fixtures.asterisk.seats import SEATS, WEB_SEATS
from tests.fixtures.phones import MUSIC_HERTZ, Call, Phone, RegistrationRefused, Telephones, answers, ignores, in_turn, rejects, rings, sip
from tests.fixtures.phones.transactions import Request
from tests.telephony.ari.hearing import SECONDS, Heard, listening

ANNA, BORIS, CARLA = SEATS[10:13]
CITIZEN, HOTLINE = "13900001111", "12345"
FREE, BUSY, NO_ANSWER, NO_SUCH_NUMBER, NO_CIRCUIT = 16, 17, 19, 1, 34


@pytest.fixture
def phones(exchange: Node) -> Iterator[Telephones]:
    """Telephones of this test's own on the shared exchange."""
    with Telephones(exchange) as found:
        yield found


@pytest.fixture
def client(exchange: Node) -> Iterator[ari.Ari]:
    """A client of the shared exchange."""
    with exchange.ari() as found:
        yield found


@pytest.fixture
def app() -> str:
    """An application that the dial plan offers calls to."""
    return f"bihuan-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def heard(exchange: Node, app: str) -> Iterator[Heard]:
    """The events of that application."""
    with listening(exchange, app) as found:
        yield found


class Desk:
    """The little of a worker that these tests need."""

    def __init__(self, client: ari.Ari, heard: Heard, app: str) -> None:
        self.client, self.heard, self.app = client, heard, app
        self._taken: set[str] = set()

    def take(self) -> StasisStart:
        """Claim the next call that is offered, and answer it."""
        while True:
            offered = self.heard.wait(CallBroadcast, lambda event: event.channel.id not in self._taken).channel.id
            try:
                self.client.applications.claim(offered, self.app)
            except (Busy, Gone):  # too late: it is offered again
                continue
            self._taken.add(offered)
            break
        start = self.heard.wait(StasisStart, lambda event: event.channel.id == offered)
        self.client.channels.answer(offered)
        return start

    def ring(self, endpoint: str, timeout: int = 30) -> str:
        """Call somebody; the channel's id."""
        channel = f"call-{uuid.uuid4().hex[:8]}"
        self.client.channels.originate(channel, endpoint, self.app, args="out", caller_id=HOTLINE, timeout=timeout)
        return channel

    def cause(self, channel: str) -> int:
        """Why a channel ended."""
        return self.heard.wait(ChannelDestroyed, lambda event: event.channel.id == channel).cause

    def talk(self, phone: Phone) -> tuple[str, Call]:
        """Ring a seat and have it answered."""
        channel = self.ring(f"PJSIP/{phone.number}")
        call = phone.ringing().answer()
        self.heard.wait(StasisStart, lambda event: event.channel.id == channel)
        return channel, call

    @contextmanager
    def bridge(self, *channels: str) -> Iterator[str]:
        """Bring them together, and destroy that at the end."""
        bridge = self.client.bridges.create(f"bridge-{uuid.uuid4().hex[:8]}").id
        self.client.bridges.add(bridge, *channels)
        yield bridge
        self.client.bridges.destroy(bridge)


@pytest.fixture
def desk(client: ari.Ari, heard: Heard, app: str) -> Desk:
    """A worker's hands."""
    return Desk(client, heard, app)


def test_a_seat_registers_and_signs_off(client: ari.Ari, phones: Telephones) -> None:
    phone = phones.seat(ANNA)
    phones.until(lambda: client.endpoints.get(ANNA).state == "online")
    phone.unregister()
    assert not phone.registered
    phones.until(lambda: client.endpoints.get(ANNA).state == "offline")
    assert phone.register().registered


def test_a_wrong_password_is_refused(client: ari.Ari, phones: Telephones) -> None:
    with pytest.raises(RegistrationRefused) as refused:
        phones.seat(ANNA, password="guessed")
    assert refused.value.code == 401
    phones.until(lambda: client.endpoints.get(ANNA).state == "offline")


def test_who_moves_to_another_desk_is_rung_there_alone(phones: Telephones, desk: Desk) -> None:
    before, now = phones.seat(ANNA), phones.seat(ANNA)
    _channel, call = desk.talk(now)
    assert call.until("up").other == HOTLINE
    assert before.calls == []


def test_two_seats_hear_each_other_and_nobody_else(phones: Telephones, desk: Desk) -> None:
    anna, boris, carla = (phones.seat(number) for number in (ANNA, BORIS, CARLA))
    (first, hers), (second, his), (third, apart) = desk.talk(anna), desk.talk(boris), desk.talk(carla)
    with desk.bridge(first, second) as bridge:
        hers.until_hears({boris.tone})
        his.until_hears({anna.tone})
        apart.until_silent()
        desk.client.bridges.add(bridge, third)
        apart.until_hears({anna.tone, boris.tone})
        hers.until_hears({boris.tone, carla.tone})
        his.until_hears({anna.tone, carla.tone})
    for call in (hers, his, apart):
        assert call.sent > 15
        assert call.received > 15


def test_keys_go_both_ways(phones: Telephones, desk: Desk) -> None:
    channel, call = desk.talk(phones.seat(ANNA))
    call.press("12345*0#")
    assert "".join(desk.heard.wait(ChannelDtmfReceived, lambda event: event.channel.id == channel).digit for _ in range(8)) == "12345*0#"
    desk.client.channels.press(channel, "98#")
    call.until_keys("98#")


def test_waiting_music_is_heard_and_told_from_people(phones: Telephones, desk: Desk) -> None:
    anna, boris = phones.seat(ANNA), phones.seat(BORIS)
    (first, hers), (second, his) = desk.talk(anna), desk.talk(boris)
    desk.client.channels.music(first)
    hers.until_hears({MUSIC_HERTZ})
    his.until_silent()
    desk.client.channels.no_music(first)
    with desk.bridge(first, second):
        hers.until_hears({boris.tone})
        his.until_hears({anna.tone})


def test_the_hold_key_gives_the_other_side_music_and_is_told(phones: Telephones, desk: Desk) -> None:
    anna, boris = phones.seat(ANNA), phones.seat(BORIS)
    (first, hers), (second, his) = desk.talk(anna), desk.talk(boris)
    with desk.bridge(first, second):
        his.until_hears({anna.tone})
        hers.hold()
        assert desk.heard.wait(ChannelHold).channel.id == first
        his.until_hears({MUSIC_HERTZ})
        hers.resume()
        assert desk.heard.wait(ChannelUnhold).channel.id == first
        his.until_hears({anna.tone})


def test_a_prompt_is_heard(phones: Telephones, desk: Desk) -> None:
    channel, call = desk.talk(phones.seat(ANNA))
    call.until_silent()
    desk.client.channels.play(channel, f"{channel}-welcome", media("welcome", "menu"))
    call.until_hears_speech()
    desk.client.playbacks.stop(f"{channel}-welcome")
    call.until_silent()


def test_every_prompt_is_there_and_what_is_not_is_named(client: ari.Ari) -> None:
    checking.require(client)
    assert checking.missing(client, ["welcome", "number-3", "not-recorded", "never-written"]) == ["never-written", "not-recorded"]
    with pytest.raises(checking.PromptsMissing) as refused:
        checking.require(client, ["welcome", "not-recorded"])
    assert refused.value.missing == ["not-recorded"]
    assert "not-recorded" in refused.value.message


def test_a_call_from_the_city_reaches_whoever_claims_it(phones: Telephones, desk: Desk) -> None:
    anna = phones.seat(ANNA)
    call = phones.city.call(HOTLINE, caller=CITIZEN)
    start = desk.take()
    assert start.args == ("incoming", HOTLINE)
    assert start.channel.caller.number == CITIZEN
    call.until("up")
    channel, hers = desk.talk(anna)
    with desk.bridge(start.channel.id, channel):
        call.until_hears({anna.tone})
        hers.until_hears({call.tone})
    desk.client.channels.hangup(start.channel.id, cause=FREE)
    assert call.until("ended").cause == FREE
    assert not call.ended_by_me


def test_the_pagers_buttons_are_dialled_like_any_number(phones: Telephones, desk: Desk) -> None:
    phones.city.call("9512341", caller="057188880001")
    assert desk.take().args == ("incoming", "9512341")


def test_a_citizen_with_a_seats_number_is_still_a_citizen(phones: Telephones, desk: Desk) -> None:
    phones.city.call(HOTLINE, caller=ANNA)
    assert desk.take().args == ("incoming", HOTLINE)


def test_what_a_seat_dials_is_told_from_what_comes_in(phones: Telephones, desk: Desk) -> None:
    call = phones.seat(ANNA).call("13800002222", caller=ANNA)
    start = desk.take()
    assert start.args == ("seat", "13800002222")
    assert start.channel.caller.number == ANNA
    call.until("up").hangup()
    assert call.state == "ended"
    assert call.ended_by_me


def test_a_call_to_an_outside_number_reaches_the_city(phones: Telephones, desk: Desk) -> None:
    phones.city.number(CITIZEN, answers(press="1", press_after=0.3))
    channel = desk.ring(f"PJSIP/{CITIZEN}@city")
    call = phones.city.ringing(CITIZEN)
    assert (call.me, call.other) == (CITIZEN, HOTLINE)
    desk.heard.wait(StasisStart, lambda event: event.channel.id == channel)
    assert desk.heard.wait(ChannelDtmfReceived, lambda event: event.channel.id == channel).digit == "1"
    desk.client.channels.hangup(channel)
    assert call.until("ended").cause == FREE


@pytest.mark.parametrize(("code", "cause"), [(486, BUSY), (603, 21), (480, NO_ANSWER), (404, NO_SUCH_NUMBER), (503, NO_CIRCUIT)])
def test_a_refusal_is_told_by_its_cause(phones: Telephones, desk: Desk, code: int, cause: int) -> None:
    phones.city.number(CITIZEN, rejects(code))
    assert desk.cause(desk.ring(f"PJSIP/{CITIZEN}@city")) == cause


def test_a_number_that_nobody_has_does_not_exist(phones: Telephones, desk: Desk) -> None:
    assert desk.cause(desk.ring("PJSIP/13700000000@city")) == NO_SUCH_NUMBER
    assert phones.city.calls[-1].code == 404


def test_who_does_not_answer_is_rung_until_the_time_is_over(phones: Telephones, desk: Desk) -> None:
    phones.city.number(CITIZEN, rings())
    channel = desk.ring(f"PJSIP/{CITIZEN}@city", timeout=3)
    call = phones.city.ringing(CITIZEN)
    desk.heard.wait(Dial, lambda event: event.peer.id == channel and event.dialstatus == "RINGING")
    assert call.until("ended").code == 487
    assert desk.cause(channel) == NO_ANSWER


def test_a_line_that_leads_nowhere_is_given_up(phones: Telephones, desk: Desk) -> None:
    phones.city.number(CITIZEN, ignores())
    channel = desk.ring(f"PJSIP/{CITIZEN}@city", timeout=1)
    assert desk.cause(channel) == NO_ANSWER


def test_a_caller_who_gives_up_while_it_rings_is_let_go(phones: Telephones, desk: Desk) -> None:
    phone = phones.seat(ANNA)
    channel = desk.ring(f"PJSIP/{ANNA}")
    call = phone.ringing()
    desk.client.channels.hangup(channel)
    assert call.until("ended").code == 487


def test_a_second_ring_may_be_answered_when_the_first_was_not(phones: Telephones, desk: Desk) -> None:
    phone = phones.seat(ANNA, policy=in_turn(rejects(486, after=0.1), answers()))
    assert desk.cause(desk.ring(f"PJSIP/{ANNA}")) == BUSY
    channel = desk.ring(f"PJSIP/{ANNA}")
    desk.heard.wait(StasisStart, lambda event: event.channel.id == channel)
    assert [call.state for call in phone.calls] == ["ended", "up"]


def test_somebody_outside_is_heard_before_answering(phones: Telephones, desk: Desk) -> None:
    anna = phones.seat(ANNA)
    phones.city.number(CITIZEN, answers(after=60, early=True))
    first, hers = desk.talk(anna)
    desk.client.channels.create("ringing-out", f"PJSIP/{CITIZEN}@city", desk.app, originator=first)
    desk.heard.wait(StasisStart, lambda event: event.channel.id == "ringing-out")
    with desk.bridge(first, "ringing-out"):
        desk.client.channels.dial("ringing-out")
        hers.until_hears({phones.city.ringing(CITIZEN).tone})
    desk.client.channels.hangup("ringing-out")


def test_with_no_worker_there_the_caller_hears_an_excuse(phones: Telephones, exchange: Node) -> None:
    with exchange.impatient():
        call = phones.city.call(HOTLINE, caller=CITIZEN).until("up")
        call.until_hears_speech()
        assert call.until("ended").cause == NO_CIRCUIT


def test_with_no_worker_there_a_seat_cannot_dial_out(phones: Telephones, exchange: Node) -> None:
    with exchange.impatient():
        call = phones.seat(ANNA).call("13800002222")
        with pytest.raises(AssertionError, match="ended code=503 cause=34"):
            call.until("up")


def test_a_telephone_that_vanishes_is_noticed(client: ari.Ari, phones: Telephones, desk: Desk) -> None:
    phone = phones.seat(ANNA)
    phones.until(lambda: client.endpoints.get(ANNA).state == "online")
    channel, _call = desk.talk(phone)
    phone.vanish()
    desk.client.channels.hangup(channel)
    phones.until(lambda: client.endpoints.get(ANNA).state == "offline")


def test_sixty_calls_at_once_are_all_heard(phones: Telephones, desk: Desk) -> None:
    agents = phones.seats(30, policy=answers(0))
    channels = [desk.ring(f"PJSIP/{phone.number}") for phone in agents]
    started = {desk.heard.wait(StasisStart).channel.id for _ in channels}
    assert started == set(channels)
    citizens = []
    for phone, channel in zip(agents, channels, strict=True):
        citizens.append(phones.city.call(HOTLINE, caller=f"139{phone.number:0>8}"))
        desk.client.bridges.create(f"pair-{channel}")
        desk.client.bridges.add(f"pair-{channel}", channel, desk.take().channel.id)
    for phone, citizen in zip(agents, citizens, strict=True):
        citizen.until_hears({phone.tone})
        phone.calls[-1].until_hears({citizen.tone})
    for channel in channels:
        desk.client.bridges.destroy(f"pair-{channel}")


def test_an_exchange_that_dies_leaves_telephones_that_can_go_on(mortal_exchange: Node) -> None:
    with Telephones(mortal_exchange) as phones:
        phone = phones.seat(ANNA, policy=answers(0))
        with mortal_exchange.impatient():
            citizen = phones.city.call(HOTLINE, caller=CITIZEN).until("up").until_hears_speech()
        mortal_exchange.kill()
        citizen.until_silent()
        citizen.hangup()
        assert phone.call(HOTLINE).state == "calling"
        mortal_exchange.start()
        assert phone.register().registered
        with mortal_exchange.ari() as client, listening(mortal_exchange, "bihuan-again") as heard:
            client.channels.originate("again", f"PJSIP/{ANNA}", "bihuan-again")
            heard.wait(StasisStart)
        phone.ringing().until("up")


@pytest.mark.parametrize("secure", [False, True])
def test_browsers_reach_the_exchange_and_sign_in_by_websocket(exchange: Node, secure: bool) -> None:
    name = WEB_SEATS[secure]
    trust = ssl.create_default_context(cafile=str(exchange.certificate)) if secure else None
    with connect(
        exchange.secure_websocket if secure else exchange.websocket, subprotocols=[Subprotocol("sip")], ssl=trust, proxy=None
    ) as line:
        assert line.response is not None
        assert (line.response.status_code, line.subprotocol) == (101, "sip")
        here = f"<sip:{name}@127.0.0.1>"
        fields = [("From", f"{here};tag=browser"), ("To", here), ("Call-ID", name), ("Contact", f"<sip:{name}@x.invalid;transport=ws>")]
        request = Request("REGISTER", "sip:127.0.0.1", "x.invalid", fields, itertools.count(1))
        line.send(request.written().replace(b"/UDP", b"/WS").decode())
        for whose in (WEB_SEATS[2], name):
            challenge = sip.parse(str(line.recv(SECONDS)).encode())
            assert challenge is not None
            assert challenge.code == 401, "another browser's password opens nothing"
            password = browsers.password(exchange.seat_secret, whose)
            line.send(request.authorized(challenge, name, password).written().replace(b"/UDP", b"/WS").decode())
        accepted = sip.parse(str(line.recv(SECONDS)).encode())
        assert accepted is not None
        assert accepted.code == 200
