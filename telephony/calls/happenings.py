"""What may happen to a call: the exchange's events in our own few words, the passing of time, and what people ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """The base of all."""


@dataclass(frozen=True, slots=True)
class CameIn(Happening):
    """A call came in on a channel; `blocked` says that its number is on the blacklist (黑名单)."""

    channel: str
    number: str
    service: str
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Unserved(Happening):
    """A call came in while no worker took it, and is over; nobody but the exchange knew of it."""

    number: str
    service: str
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Dialled(Happening):
    """An agent dials a number on a telephone."""

    channel: str


@dataclass(frozen=True, slots=True)
class Begun(Happening):
    """A call that we make ourselves begins; everything it needs stands in the call."""


@dataclass(frozen=True, slots=True)
class Ready(Happening):
    """A leg that was made without ringing is there and can be dialled."""

    leg: str


@dataclass(frozen=True, slots=True)
class Up(Happening):
    """A leg was answered. `by_state`: the channel says so, which counts only for one that is in our hands already."""

    leg: str
    by_state: bool = False


@dataclass(frozen=True, slots=True)
class Gone(Happening):
    """A leg is no more; `cause` by Q.850, None when nobody said."""

    leg: str
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Key(Happening):
    """A key was pressed on a leg's telephone."""

    leg: str
    digit: str


@dataclass(frozen=True, slots=True)
class HoldKey(Happening):
    """A telephone's own hold key."""

    leg: str
    on: bool


@dataclass(frozen=True, slots=True)
class Played(Happening):
    """A prompt is over."""

    playback: str


@dataclass(frozen=True, slots=True)
class Tapped(Happening):
    """A snoop channel is there."""

    tap: str


@dataclass(frozen=True, slots=True)
class Recorded(Happening):
    """A recording is over; `seconds` is None when there is none."""

    name: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Elapsed(Happening):
    """What was `due` came to pass."""

    what: str


@dataclass(frozen=True, slots=True)
class Found(Happening):
    """The answer to a question that a menu has put to the database; None when there is none."""

    ticket: str
    answer: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Place(Happening):
    """How many callers stand before this one."""

    before: int


@dataclass(frozen=True, slots=True)
class Offered(Happening):
    """An agent was found and reserved for this call."""

    agent: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Asked(Happening):
    """Somebody asks for something (the kinds stand in `calls/asking.py`); `by` is the account."""

    kind: str
    by: str
    given: Mapping[str, Any] = field(default_factory=dict)
