"""The effects that are requests: made one after the other for each call, in threads of their own, after the commit."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial, singledispatch
from typing import Any

import structlog

from telephony.ari import Ari
from telephony.ari.errors import AriError, Busy, Gone
from telephony.calls import effects
from telephony.calls import happenings as told
from telephony.calls.step import UNDIALLED
from telephony.prompts import LANGUAGE, media

THREADS = 32
LONGEST_MESSAGE, SILENCE, LONGEST_CALL = 180, 4, 4 * 3600
"""Seconds."""
log = structlog.get_logger("telephony.requests")

NO_CHANNEL = "Channel not found"
"""What a bridge says, with status 400, of a channel that has just ended."""

Back = Callable[[str, told.Happening], None]
Answers = Callable[[effects.Query], Mapping[str, Any] | None]
Work = Callable[[], None]


class Lanes:
    """Work of one name in order, of different names side by side."""

    def __init__(self, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, "ari-request")
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

    def stop(self) -> None:
        """Do what was begun, and no more."""
        self._pool.shutdown(cancel_futures=True)

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
    """Carries out requests; what the exchange refuses comes back as the happening that the refusal amounts to."""

    def __init__(self, ari: Ari, app: str, back: Back, answers: Answers) -> None:
        self._ari, self._app, self._back, self._answers = ari, app, back, answers
        self._lanes = Lanes()

    def send(self, call: str, requests: Iterable[effects.Effect]) -> None:
        """Have the requests among these effects made."""
        for request in requests:
            if isinstance(request, effects.Request):
                self.later(call, partial(self._make, call, request))

    def later(self, call: str, work: Work) -> None:
        """Do something in a call's lane."""
        self._lanes.put(call, work)

    def stop(self) -> None:
        """Make no more."""
        self._lanes.stop()

    def _make(self, call: str, request: effects.Request) -> None:
        if isinstance(request, effects.Query):
            self._back(call, told.Found(request.ticket, self._answers(request)))
            return
        try:
            make(request, self._ari, self._app)
        except AriError as refusal:
            amounts_to = _amounts_to(request, refusal)
            if amounts_to is not None:
                self._back(call, amounts_to)
            if not isinstance(refusal, Gone | Busy) and refusal.details["said"] != NO_CHANNEL:
                log.warning("request refused", call=call, request=type(request).__name__, error=refusal.code, **refusal.details)


def _amounts_to(request: effects.Request, refusal: AriError) -> told.Happening | None:
    if isinstance(request, effects.Ring | effects.Make | effects.DialLeg):
        # an id that is taken was asked for before: the call is on its way
        return None if isinstance(refusal, Busy) else told.Gone(request.leg, UNDIALLED)
    if isinstance(request, effects.Hangup) and isinstance(refusal, Gone):
        return told.Gone(request.leg)
    if isinstance(request, effects.Record) and not isinstance(refusal, Busy):
        return told.Recorded(request.name, None)
    return None  # whatever has ended tells so itself


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
