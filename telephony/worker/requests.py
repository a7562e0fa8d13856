"""The effects that are requests: made one after the other for each call, in threads of their own, after the commit.

One that the exchange does not answer is made again for a while: our own ids see to it that nothing is done twice. What then is still
without an answer is found by the next comparison with what the exchange has (`resync.py`).
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial, singledispatch
from typing import Any

import structlog

from engine import clock
from telephony.ari import Ari
from telephony.ari.errors import AriError, Busy, Gone, NotInStasis, Unavailable, Unreachable
from telephony.calls import effects
from telephony.calls import happenings as told
from telephony.calls.step import NO_EXCHANGE, UNDIALLED
from telephony.prompts import LANGUAGE, media

THREADS, QUESTIONS = 32, 8
"""How many requests are under way at once, and how many questions: a slow database must not take the exchange's threads."""
PATIENCE, BRIEFLY, NOT_AT_ALL = timedelta(seconds=20), timedelta(seconds=1), timedelta(0)
"""For how long a request is made again that the exchange does not answer, or could not do just then."""
AGAIN = 0.2
"""Seconds before the next attempt."""
LONGEST_MESSAGE, SILENCE, LONGEST_CALL = 180, 4, 4 * 3600
"""Seconds."""
log = structlog.get_logger("telephony.requests")

NO_CHANNEL = "Channel not found"
"""What a bridge says, with status 400, of a channel that has just ended."""

DIALS = effects.Ring | effects.Make | effects.DialLeg
Back = Callable[[str, told.Happening], None]
Answers = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]
Work = Callable[[], object]


class Lanes:
    """Work of one name in order, of different names side by side."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[Work]] = defaultdict(deque)
        self._busy: set[str] = set()

    def put(self, name: str, work: Work) -> None:
        """Have it done after all that was put under this name before."""
        with self._lock:
            self._waiting[name].append(work)
            if name in self._busy:
                return
            self._busy.add(name)
        self._pool.submit(self._drain, name)

    def stop(self, *, drop: bool = False) -> None:
        """Do all that was put, or, to `drop` the rest, what was begun; nothing is put any more."""
        self._pool.shutdown(cancel_futures=drop)

    def _drain(self, name: str) -> None:
        while True:
            with self._lock:
                if not self._waiting[name]:
                    del self._waiting[name]
                    self._busy.discard(name)
                    return
                work = self._waiting[name].popleft()
            try:
                work()
            except (Gone, Busy):
                pass  # another was first, or it is over: an ordinary race
            except AriError as refusal:
                log.warning("request refused", lane=name, error=refusal.code, **refusal.details)
            except Exception:
                log.exception("a request failed in an unknown way", call=name)


class Requests:
    """Carries out requests; what the exchange refuses comes back as the happening that the refusal amounts to. `unsure` is told when
    nobody knows whether one was carried out."""

    def __init__(self, ari: Ari, app: str, back: Back, answers: Answers, unsure: Work) -> None:
        self._ari, self._app, self._back, self._answers, self._unsure = ari, app, back, answers, unsure
        self._lanes, self._questions = Lanes(THREADS, "ari-request"), Lanes(QUESTIONS, "menu-question")
        self._stopping, self._lock = threading.Event(), threading.Lock()
        self._pending: set[str] = set()

    def send(self, call: str, requests: Iterable[effects.Effect]) -> None:
        """Have the requests among these effects made."""
        now = clock.real_now()
        for request in requests:
            if isinstance(request, effects.Query):
                # in no call's lane: who waits for the answer hears something meanwhile, and may go on to a person
                self._questions.put(request.ticket, partial(self._ask, call, request))
            elif isinstance(request, effects.Request):
                begins = _begins(request)
                if begins:
                    with self._lock:
                        self._pending.add(begins)
                self.later(call, partial(self._make, call, request, now))

    def pending(self) -> frozenset[str]:
        """The legs, prompts and recordings that the exchange cannot know yet: it is still to be asked for them."""
        with self._lock:
            return frozenset(self._pending)

    def later(self, call: str, work: Work) -> None:
        """Do something in a call's lane."""
        self._lanes.put(call, work)

    def stop(self) -> None:
        """Make those that were committed, each once more at most: not all of them would be found to be missing by the next worker."""
        self._stopping.set()
        self._questions.stop(drop=True)
        self._lanes.stop()

    def _ask(self, call: str, query: effects.Query) -> None:
        self._back(call, told.Found(query.ticket, self._answers(query.question, query.given)))

    def _make(self, call: str, request: effects.Request, since: datetime) -> None:
        try:
            refusal = self._insist(request, since)
            if refusal is not None:
                self._refused(call, request, refusal)
        finally:
            with self._lock:
                self._pending.discard(_begins(request))

    def _insist(self, request: effects.Request, since: datetime) -> AriError | None:
        """Make it, again while there is hope; what it was refused with in the end."""
        attempt: Callable[[effects.Request, Ari, str], None] = make
        while True:
            try:
                attempt(request, self._ari, self._app)
            except AriError as refusal:
                if clock.real_now() - since >= _patience(request, refusal) or self._stopping.wait(AGAIN):
                    return refusal
                attempt = make_again
            else:
                return None

    def _refused(self, call: str, request: effects.Request, refusal: AriError) -> None:
        amounts_to = _amounts_to(request, refusal)
        if amounts_to is not None:
            self._back(call, amounts_to)
        if isinstance(refusal, Unreachable) or (amounts_to is None and _leaves_doubt(request, refusal)):
            self._unsure()
        if not isinstance(refusal, Gone | Busy) and refusal.details["said"] != NO_CHANNEL:
            log.warning("request refused", call=call, request=type(request).__name__, error=refusal.code, **refusal.details)


def _begins(request: effects.Request) -> str:
    """The leg, prompt or recording that is there once it is made; empty for what changes only what is there."""
    if isinstance(request, DIALS):
        return request.leg
    if isinstance(request, effects.Play):
        return request.playback
    return request.name if isinstance(request, effects.Record) else ""


def make_again(request: effects.Request, ari: Ari, app: str) -> None:
    """Make a request that may have been carried out. Raises `AriError`, `Busy` for most that were."""
    if isinstance(request, effects.Play):
        with suppress(Gone):
            ari.playbacks.get(request.playback)  # the exchange would play it twice under the one id
            return
    make(request, ari, app)


def _patience(request: effects.Request, refusal: AriError) -> timedelta:
    """For how long after its step a request is made again."""
    if isinstance(request, effects.Press):
        return NOT_AT_ALL  # the one request without an id: keys must not be pressed twice
    if isinstance(refusal, Unreachable):
        return PATIENCE
    if isinstance(request, effects.PauseRecording) and isinstance(refusal, Busy):
        return BRIEFLY  # it was asked for just now and has not begun
    # a telephone that is not registered now is not in a second either
    return BRIEFLY if isinstance(refusal, Unavailable) and not isinstance(request, DIALS) else NOT_AT_ALL


def _amounts_to(request: effects.Request, refusal: AriError) -> told.Happening | None:
    if isinstance(request, DIALS):
        # an id that is taken was asked for before: the call is on its way
        return None if isinstance(refusal, Busy) else told.Gone(request.leg, _why_undialled(refusal))
    if isinstance(refusal, Unreachable):
        return None  # it may have been done
    if isinstance(request, effects.Hangup) and isinstance(refusal, Gone):
        return told.Gone(request.leg)
    if isinstance(request, effects.Record) and (isinstance(refusal, NotInStasis) or not isinstance(refusal, Busy)):
        return told.Recorded(request.name, None)  # who was to leave word has hung up, say
    if isinstance(request, effects.Play) and not isinstance(refusal, Gone | Busy):
        return told.Played(request.playback)  # what follows a prompt must follow
    return None  # whatever has ended tells so itself


def _why_undialled(refusal: AriError) -> int:
    return NO_EXCHANGE if isinstance(refusal, Unreachable) else UNDIALLED


def _leaves_doubt(request: effects.Request, refusal: AriError) -> bool:
    """Whether a call may be another than it should be, and nobody will say so: a recording that exists or not, a bridge without a leg."""
    return isinstance(refusal, Unavailable) or (isinstance(refusal, Busy) and isinstance(request, effects.Record))


@singledispatch
def make(request: effects.Request, ari: Ari, app: str) -> None:
    """Make one request. Raises `AriError`."""
    raise TypeError(type(request).__name__)


@make.register
def _(request: effects.Answer, ari: Ari, app: str) -> None:
    ari.channels.answer(request.leg)


@make.register
def _(request: effects.Hangup, ari: Ari, app: str) -> None:
    ari.channels.hangup(request.leg, cause=request.cause)


@make.register
def _(request: effects.Ring, ari: Ari, app: str) -> None:
    ari.channels.originate(
        request.leg, request.endpoint, app, args="leg", caller_id=f"{request.caller} <{request.caller}>", timeout=request.seconds
    )


@make.register
def _(request: effects.Make, ari: Ari, app: str) -> None:
    ari.channels.create(request.leg, request.endpoint, app, args="leg", originator=request.beside)


@make.register
def _(request: effects.DialLeg, ari: Ari, app: str) -> None:
    # what a telephone that is rung shows is its channel's connected line
    ari.channels.set_variable(request.leg, "CONNECTEDLINE(all,i)", f"{request.caller} <{request.caller}>")
    ari.channels.dial(request.leg, timeout=request.seconds)


@make.register
def _(request: effects.Play, ari: Ari, app: str) -> None:
    ari.channels.play(request.leg, request.playback, media(*request.prompts), language=LANGUAGE)


@make.register
def _(request: effects.StopPlaying, ari: Ari, app: str) -> None:
    ari.playbacks.stop(request.playback)


@make.register
def _(request: effects.Music, ari: Ari, app: str) -> None:
    ari.channels.music(request.leg) if request.on else ari.channels.no_music(request.leg)


@make.register
def _(request: effects.Open, ari: Ari, app: str) -> None:
    ari.bridges.create(request.bridge)


@make.register
def _(request: effects.Close, ari: Ari, app: str) -> None:
    ari.bridges.destroy(request.bridge)


@make.register
def _(request: effects.Join, ari: Ari, app: str) -> None:
    ari.bridges.add(request.bridge, *request.legs)


@make.register
def _(request: effects.Part, ari: Ari, app: str) -> None:
    ari.bridges.remove(request.bridge, *request.legs)


@make.register
def _(request: effects.Mute, ari: Ari, app: str) -> None:
    ari.channels.mute(request.leg) if request.on else ari.channels.unmute(request.leg)


@make.register
def _(request: effects.Tap, ari: Ari, app: str) -> None:
    ari.channels.snoop(request.leg, request.tap, app, whisper="out" if request.whisper else "none", args="tap")


@make.register
def _(request: effects.Record, ari: Ari, app: str) -> None:
    if request.message:
        ari.channels.record(request.channel, request.name, most_seconds=LONGEST_MESSAGE, silence_seconds=SILENCE, beep=True, until="#")
    else:
        ari.channels.record(request.channel, request.name, most_seconds=LONGEST_CALL)


@make.register
def _(request: effects.StopRecording, ari: Ari, app: str) -> None:
    ari.recordings.stop(request.name)


@make.register
def _(request: effects.PauseRecording, ari: Ari, app: str) -> None:
    ari.recordings.pause(request.name) if request.on else ari.recordings.resume(request.name)


@make.register
def _(request: effects.Press, ari: Ari, app: str) -> None:
    ari.channels.press(request.leg, request.keys)
