"""How requests are made of the exchange: in order for each call, again while nobody answers, and what comes back of a refusal."""

import threading
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine import clock
from telephony.ari import Ari
from telephony.ari.errors import AriError, BadRequest, Busy, Gone, NotInStasis, Unavailable, Unreachable
from telephony.calls import effects as do
from telephony.calls import happenings as told
from telephony.calls.effects import Request
from telephony.calls.step import NO_EXCHANGE, UNDIALLED
from telephony.worker import requests
from telephony.worker.requests import BRIEFLY, PATIENCE, Requests

CALL = "c0123456789abcdef"
RING = do.Ring("1", "PJSIP/1001", 20, "13900001111")
PLAY, JOIN, RECORD = do.Play("1", "p1", ("queued",)), do.Join("b1", ("1", "2")), do.Record("1", "m1", message=True)
LIMIT = 10.0


class Exchange:
    """Answers requests as a test says: each attempt takes the next answer, the last one for ever, and some seconds."""

    def __init__(self) -> None:
        self.now, self.seconds = 1_000_000.0, 1.0
        self.answers: list[type[AriError] | None] = [None]
        self.made: list[Request] = []
        self.back: list[told.Happening] = []
        self.doubts = 0
        self.done = threading.Semaphore(0)
        self.asked = threading.Event()
        self.answered = threading.Event()
        self.playing: set[str] = set()
        ari = SimpleNamespace(playbacks=SimpleNamespace(get=self._playback))
        self.requests = Requests(cast(Ari, ari), "app", self._back, self._answer, self._unsure)

    def make(self, request: Request, _ari: Ari, _app: str) -> None:
        self.made.append(request)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        self.now += self.seconds
        if answer is not None:
            raise answer(status=None, said="")

    def send(self, *effects: do.Effect) -> None:
        """Have them made, and wait for it."""
        self.requests.send(CALL, effects)
        self.requests.later(CALL, self.done.release)
        assert self.done.acquire(timeout=LIMIT)

    def _playback(self, playback: str) -> None:
        if playback not in self.playing:
            raise Gone(status=404, said="")

    def wait(self) -> None:
        """Until a test lets it go on."""
        assert self.answered.wait(LIMIT)

    def _back(self, call: str, happening: told.Happening) -> None:
        assert call == CALL
        self.back.append(happening)

    def _unsure(self) -> None:
        self.doubts += 1

    def _answer(self, *_query: object) -> Mapping[str, Any]:
        self.asked.set()
        self.wait()
        return {"days": 1}


@pytest.fixture
def exchange(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exchange]:
    """An exchange that does everything, on a clock of its own."""
    found = Exchange()
    monkeypatch.setattr(requests, "make", found.make)
    monkeypatch.setattr(requests, "AGAIN", 0)
    with clock.run_on(lambda: found.now):
        yield found
        found.answered.set()
        found.requests.stop()


def test_a_question_to_the_database_holds_up_nothing_else_of_its_call(exchange: Exchange) -> None:
    exchange.send(do.Query(f"{CALL}.q1", "case_progress", {}))
    assert exchange.asked.wait(LIMIT)
    exchange.send(PLAY, RING)
    assert exchange.made == [PLAY, RING]
    assert exchange.back == []
    exchange.answered.set()
    exchange.requests.stop()
    assert exchange.back == [told.Found(f"{CALL}.q1", {"days": 1})]


def test_more_questions_than_are_answered_at_once_hold_up_no_request(exchange: Exchange) -> None:
    exchange.send(*[do.Query(f"{CALL}.q{number}", "case_progress", {}) for number in range(requests.THREADS)], PLAY)
    assert exchange.made == [PLAY]


@pytest.mark.parametrize("request_", [RING, PLAY, JOIN, RECORD, do.Answer("1"), do.Tap("1", "s1"), do.Hangup("1")])
def test_what_is_not_answered_is_asked_again_until_it_is(exchange: Exchange, request_: Request) -> None:
    exchange.answers = [Unreachable, Unreachable, Unreachable, None]
    exchange.send(request_)
    assert exchange.made == [request_] * 4
    assert (exchange.back, exchange.doubts) == ([], 0)


def test_what_was_done_without_an_answer_is_refused_the_second_time_and_is_no_fault(exchange: Exchange) -> None:
    exchange.answers = [Unreachable, Busy]
    exchange.send(RING)
    assert (len(exchange.made), exchange.back, exchange.doubts) == (2, [], 0)


def test_a_prompt_that_plays_without_an_answer_is_not_played_twice(exchange: Exchange) -> None:
    exchange.answers, exchange.playing = [Unreachable, None], {PLAY.playback}
    exchange.send(PLAY)
    assert (exchange.made, exchange.back, exchange.doubts) == ([PLAY], [], 0)


def test_what_is_never_answered_is_given_up_and_compared_with_what_the_exchange_has(exchange: Exchange) -> None:
    exchange.answers = [Unreachable]
    exchange.send(RING, JOIN, PLAY, RECORD)
    assert exchange.made.count(RING) == PATIENCE.seconds
    assert [exchange.made.count(each) for each in (JOIN, PLAY, RECORD)] == [1, 1, 1], "they have waited for as long"
    assert exchange.back == [told.Gone("1", NO_EXCHANGE)]
    assert exchange.doubts == 4


def test_keys_are_never_pressed_twice(exchange: Exchange) -> None:
    exchange.answers = [Unreachable]
    exchange.send(do.Press("1", "12"))
    assert len(exchange.made) == 1


def test_a_telephone_that_is_not_registered_is_rung_once(exchange: Exchange) -> None:
    exchange.answers = [Unavailable]
    exchange.send(RING)
    assert (len(exchange.made), exchange.back, exchange.doubts) == (1, [told.Gone("1", UNDIALLED)], 0)


def test_what_the_exchange_could_not_do_is_asked_again_for_a_moment(exchange: Exchange) -> None:
    exchange.answers, exchange.seconds = [Unavailable, None], BRIEFLY.seconds / 4
    exchange.send(JOIN)
    assert (len(exchange.made), exchange.back, exchange.doubts) == (2, [], 0)
    exchange.answers = [Unavailable]
    exchange.send(JOIN)
    assert (len(exchange.made), exchange.back, exchange.doubts) == (6, [], 1)


def test_a_prompt_that_cannot_be_played_is_followed_by_what_follows_it(exchange: Exchange) -> None:
    exchange.answers = [BadRequest]
    exchange.send(PLAY)
    assert exchange.back == [told.Played("p1")]
    for ends in (Gone, NotInStasis):
        exchange.answers = [ends]
        exchange.send(PLAY)
    assert exchange.back == [told.Played("p1")], "whoever has hung up has"


def test_who_hung_up_at_the_beep_has_left_nothing(exchange: Exchange) -> None:
    for ends in (NotInStasis, Gone):
        exchange.answers = [ends]
        exchange.send(RECORD)
    assert exchange.back == [told.Recorded("m1", None)] * 2
    exchange.answers = [Busy]
    exchange.send(RECORD)
    assert (len(exchange.back), exchange.doubts) == (2, 1), "it may be running already"


def test_legs_and_prompts_that_the_exchange_was_not_asked_for_yet_are_known(exchange: Exchange) -> None:
    exchange.requests.later(CALL, exchange.wait)
    exchange.requests.send(CALL, [RING, do.Make("2", "PJSIP/city", "1"), PLAY])
    assert exchange.requests.pending() == {"1", "2", PLAY.playback}
    exchange.answered.set()
    exchange.send(PLAY)
    assert exchange.requests.pending() == frozenset()


def test_a_worker_that_ends_does_not_wait_for_an_exchange_that_is_away(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    tried, made = threading.Event(), exchange.make

    def away(*given: Any) -> None:
        tried.set()
        made(*given)

    monkeypatch.setattr(requests, "make", away)
    monkeypatch.setattr(requests, "AGAIN", 60 * LIMIT)
    exchange.answers = [Unreachable]
    exchange.requests.send(CALL, [RING])
    assert tried.wait(LIMIT)
    exchange.requests.stop()
    assert exchange.made == [RING]


def test_a_worker_that_ends_does_first_what_was_committed(exchange: Exchange) -> None:
    began = threading.Event()

    def slow() -> None:
        began.set()
        exchange.wait()

    ends = threading.Thread(target=exchange.requests.stop)
    for call in range(requests.THREADS + 1):  # the last one's turn has not come yet
        exchange.requests.later(str(call), slow)
        exchange.requests.send(str(call), [RING])
    assert began.wait(LIMIT)
    ends.start()
    assert exchange.requests._stopping.wait(LIMIT)
    exchange.answered.set()
    ends.join(LIMIT)
    assert exchange.made == [RING] * (requests.THREADS + 1)
