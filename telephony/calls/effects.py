"""What follows from a step: requests to the exchange, made after the commit, and rows, written in the same transaction.

Requests carry ids of our own, so that one that is made twice is refused the second time and not done twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Effect:
    """The base of all."""


@dataclass(frozen=True, slots=True)
class Request(Effect):
    """The base of those that are made of others after the commit: of the exchange, of the database by a thread of its own."""


@dataclass(frozen=True, slots=True)
class Answer(Request):
    """Answer a call."""

    leg: str


@dataclass(frozen=True, slots=True)
class Hangup(Request):
    """End a leg."""

    leg: str
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Ring(Request):
    """Ring an endpoint; it comes back as `Up` when answered. `seconds` of ringing."""

    leg: str
    endpoint: str
    seconds: int
    caller: str


@dataclass(frozen=True, slots=True)
class Make(Request):
    """Make a leg that does not ring yet; it comes back as `Ready`."""

    leg: str
    endpoint: str
    beside: str


@dataclass(frozen=True, slots=True)
class DialLeg(Request):
    """Ring a leg that was made, showing `caller`."""

    leg: str
    caller: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Play(Request):
    """Play prompts, by name, one after the other."""

    leg: str
    playback: str
    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopPlaying(Request):
    """Stop a prompt."""

    playback: str


@dataclass(frozen=True, slots=True)
class Music(Request):
    """Waiting music, on or off."""

    leg: str
    on: bool


@dataclass(frozen=True, slots=True)
class Open(Request):
    """Make a bridge."""

    bridge: str


@dataclass(frozen=True, slots=True)
class Close(Request):
    """End a bridge."""

    bridge: str


@dataclass(frozen=True, slots=True)
class Join(Request):
    """Bring legs into a bridge."""

    bridge: str
    legs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part(Request):
    """Take legs out of a bridge."""

    bridge: str
    legs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mute(Request):
    """Whether a leg is heard by nobody."""

    leg: str
    on: bool


@dataclass(frozen=True, slots=True)
class Tap(Request):
    """Listen to a leg on a channel of its own; `whisper` lets it speak to that leg alone."""

    leg: str
    tap: str
    whisper: bool = False


@dataclass(frozen=True, slots=True)
class Record(Request):
    """Record what a channel hears or says; `message` stops at # or after silence."""

    channel: str
    name: str
    message: bool = False


@dataclass(frozen=True, slots=True)
class StopRecording(Request):
    """End a recording and keep it."""

    name: str


@dataclass(frozen=True, slots=True)
class PauseRecording(Request):
    """Leave something out of a recording, or go on."""

    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class Press(Request):
    """Send keys to a leg's other side."""

    leg: str
    keys: str


@dataclass(frozen=True, slots=True)
class Query(Request):
    """Put a question to the database (`telephony/queries`); it comes back as `Found`."""

    ticket: str
    question: str
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Free(Effect):
    """An agent's leg is over: wrap-up if it was up, else ready again, or not ready with a reason."""

    agent: str
    talked: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Engage(Effect):
    """An agent is on this call from now on (`busy`), or about to be (`reserved`)."""

    agent: str
    state: str


@dataclass(frozen=True, slots=True)
class Tell(Effect):
    """Tell the processes."""

    message: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Keep(Effect):
    """A recording is there to be kept."""

    name: str
    kind: str
    seconds: int
    agent: str | None
