"""What the telephones are made of: A-law, tones, messages, and asking again on a line that loses packets."""

import hashlib
import random
import socket
from array import array
from collections.abc import Iterator, Sequence

import pytest

from tests.fixtures.phones import Phone, RegistrationRefused, alaw, answers, sip, transactions
from tests.fixtures.phones.lines import Lines
from tests.fixtures.phones.tones import RATE, TONES, WINDOW, level, second_of, tones_in

SECONDS = 5.0


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The threads of this test's telephones."""
    found = Lines()
    yield found
    found.close()


@pytest.fixture
def exchange() -> Iterator[socket.socket]:
    """A line whose other end is the test itself."""
    with socket.socket(type=socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        found.settimeout(SECONDS)
        yield found


def received(exchange: socket.socket, method: str) -> tuple[sip.Message, tuple[str, int]]:
    """The next request of a method, and who sent it."""
    while True:
        data, sender = exchange.recvfrom(65_535)
        message = sip.parse(data)
        if message is not None and message.code is None and message.method == method:
            return message, sender


def mixed(*parts: bytes) -> Sequence[float]:
    """What is heard of several at once, from somewhere in the middle of a second."""
    return array("d", map(sum, zip(*(alaw.decode(part) for part in parts), strict=True)))[137 : 137 + WINDOW]


def test_alaw_gives_back_what_it_means_and_is_never_far_off() -> None:
    assert alaw.encode([alaw.MEANT[code] for code in range(256)]) == bytes(range(256))
    samples = [random.uniform(-32_000, 32_000) for _ in range(1000)]
    for sample, meant in zip(samples, alaw.decode(alaw.encode(samples)), strict=True):
        assert abs(sample - meant) <= max(abs(sample) / 32, 8) + 1
    # the table of ITU-T G.711, at its ends and in the middle
    assert [alaw.MEANT[code] for code in (0xD5, 0x55, 0xAA, 0x2A, 0x80, 0xC5)] == [8, -8, 32256, -32256, 5504, 264]


def test_tones_are_told_apart_one_by_one() -> None:
    for hertz in TONES:
        assert tones_in(mixed(second_of(hertz)), TONES) == frozenset({hertz})


@pytest.mark.parametrize("count", [2, 3, 4])
def test_neighbours_are_heard_beside_each_other(count: int) -> None:
    chosen = TONES[10 : 10 + count]
    assert tones_in(mixed(*(second_of(hertz) for hertz in chosen)), TONES) == frozenset(chosen)


def test_silence_is_no_tone_and_noise_neither_silence_nor_tone() -> None:
    assert tones_in(alaw.decode(second_of(0)[:WINDOW]), TONES) == frozenset()
    noise = alaw.encode([random.gauss(0, 3000) for _ in range(RATE)])
    assert level(mixed(noise)) > 1000
    assert tones_in(mixed(noise), TONES) is None


def test_a_tone_that_only_begins_is_none_yet() -> None:
    half = alaw.decode(second_of(0)[: WINDOW // 2] + second_of(440)[: WINDOW // 2])
    assert tones_in(half, TONES) is None


def test_the_digest_is_that_of_the_standards_example() -> None:
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    header = sip.authorization(challenge, "GET", "/dir/index.html", "Mufasa", "Circle Of Life")
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in header
    # RFC 2617, 3.5 has the same with quality of protection; without it RFC 2069 gives this
    secret = hashlib.md5(b"Mufasa:testrealm@host.com:Circle Of Life", usedforsecurity=False).hexdigest()
    assert secret == "939e7578ed9e3c518a452acee763bce9"
    assert 'response="670fd8c2df070c60b045671b8b24ff02"' in header


def test_a_message_is_read_as_it_is_written() -> None:
    data = sip.written(
        "INVITE sip:12345@h SIP/2.0", [("Via", "SIP/2.0/UDP h;branch=z9x;rport"), ("CSeq", "7 INVITE"), ("Call-ID", "c")], "v=0"
    )
    read = sip.parse(data)
    assert read is not None
    assert (read.code, read.method, read.number, read.branch, read.target, read.body) == (None, "INVITE", 7, "z9x", "sip:12345@h", "v=0")
    assert read.get("content-length") == "3"


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\x00\xff" * 20, b"INVITE sip:x SIP/2.0\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
def test_what_is_no_message_is_passed_over(data: bytes) -> None:
    assert sip.parse(data) is None


def test_what_is_not_answered_is_asked_again_and_each_refusal_acknowledged(lines: Lines, exchange: socket.socket) -> None:
    with Phone(lines, "1001", exchange.getsockname()) as phone:
        call = phone.call("12345")
        first, sender = received(exchange, "INVITE")
        again, _ = received(exchange, "INVITE")
        assert again == first
        busy = sip.answer(first, 486, "theirs", "sip:exchange")
        for _ in range(2):
            exchange.sendto(busy, sender)
            assert received(exchange, "ACK")[0].branch == first.branch
        assert call.until("ended").code == 486


def test_an_invitation_that_comes_twice_rings_once_and_its_answer_is_repeated_until_acknowledged(
    lines: Lines, exchange: socket.socket
) -> None:
    with Phone(lines, "1001", exchange.getsockname(), policy=answers(0)) as phone:
        fields = [("Via", "SIP/2.0/UDP h;branch=z9hG4bKx"), ("From", "<sip:139@h>;tag=a"), ("To", "<sip:1001@h>"), ("Call-ID", "c")]
        offer = "v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 9 RTP/AVP 8 101\r\n"
        invitation = sip.written("INVITE sip:1001@h SIP/2.0", [*fields, ("CSeq", "1 INVITE"), ("Contact", "<sip:x@h>")], offer)
        for _ in range(2):
            exchange.sendto(invitation, (phone.host, phone.port))
        call = phone.ringing().until("up")
        accepted = [data for data in (exchange.recv(65_535) for _ in range(4)) if b" 200 OK" in data]
        assert len(accepted) >= 2
        assert set(accepted) == {accepted[0]}
        exchange.sendto(sip.written("ACK sip:1001@h SIP/2.0", [*fields, ("CSeq", "1 ACK")]), (phone.host, phone.port))
        assert phone.calls == [call]
        exchange.sendto(sip.written("BYE sip:1001@h SIP/2.0", [*fields, ("CSeq", "2 BYE")]), (phone.host, phone.port))
        assert not call.until("ended").ended_by_me


def test_who_hangs_up_before_anything_was_heard_of_the_other_side_cancels_afterwards(lines: Lines, exchange: socket.socket) -> None:
    with Phone(lines, "1001", exchange.getsockname()) as phone:
        call = phone.call("12345")
        invitation, sender = received(exchange, "INVITE")
        call.hangup()
        exchange.sendto(sip.answer(invitation, 180, "theirs", "sip:exchange"), sender)
        cancel, _ = received(exchange, "CANCEL")
        assert (cancel.branch, cancel.number) == (invitation.branch, invitation.number)
        exchange.sendto(sip.answer(cancel, 200, "theirs", "sip:exchange"), sender)
        exchange.sendto(sip.answer(invitation, 487, "theirs", "sip:exchange"), sender)
        assert call.until("ended").code == 487
        assert call.ended_by_me


def test_who_is_never_answered_gives_up(lines: Lines, exchange: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "PATIENCE", 0.4)
    with Phone(lines, "1001", exchange.getsockname(), "secret") as phone:
        assert phone.call("12345").until("ended").code == transactions.NO_ANSWER
        with pytest.raises(RegistrationRefused) as refused:
            phone.register()
        assert refused.value.code == transactions.NO_ANSWER


def test_a_call_that_is_over_is_waited_for_no_longer(lines: Lines, exchange: socket.socket) -> None:
    with Phone(lines, "1001", exchange.getsockname()) as phone:
        call = phone.call("12345")
        invitation, sender = received(exchange, "INVITE")
        exchange.sendto(sip.answer(invitation, 404, "theirs", "sip:exchange"), sender)
        call.until("ended").until_silent()
        with pytest.raises(AssertionError, match="ended code=404"):
            call.until("up", 60)
        with pytest.raises(AssertionError, match="ended code=404"):
            call.until_hears({440}, 60)
        with pytest.raises(AssertionError, match="ended code=404"):
            call.until_hears_speech(60)
