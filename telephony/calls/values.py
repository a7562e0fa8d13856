"""A call and its legs as values. Moments are microseconds since 1970 in UTC; a call is kept in its row as JSON between two events."""

import copy
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

NEW, IVR, QUEUED, OFFERING, TALKING, VOICEMAIL = "new", "ivr", "queued", "offering", "talking", "voicemail"
DIALLING, ASKING, ALERT, CLOSING, ENDED = "dialling", "asking", "alert", "closing", "ended"
"""The states of a call. `closing`: everybody is being hung up; `ended`: no leg is left."""

INBOUND, CLICK, SURVEY, PAGER, OUTBOUND, NOTICE = "inbound", "click", "survey", "pager", "outbound", "notice"
"""The kinds of call; a `notice` (语音通知) is a prompt that is played to an agent, or to somebody outside."""

CITIZEN, AGENT, THIRD, LISTENER, CONTACT, DEVICE = "citizen", "agent", "third", "listener", "contact", "device"
"""The roles of a leg. `third` is whoever an agent asks, adds or hands the call to; `device` a pager."""

TALKED, ABANDONED, LEFT_MESSAGE, BLOCKED, FAILED, SERVED = "talked", "abandoned", "voicemail", "blocked", "failed", "served"
"""How a call ended. `served`: by the machine alone, in its menus."""


@dataclass(slots=True)
class Leg:
    """One channel of a call (话路)."""

    id: str
    role: str
    created: int
    endpoint: str = ""
    number: str = ""
    who: str | None = None
    """The account that speaks on it."""
    up: int | None = None
    joined: int | None = None
    """Since when it has been in the bridge; None outside."""
    talked: int = 0
    """Microseconds in the bridge, periods that are over."""
    ended: int | None = None
    cause: int | None = None
    """By Q.850; -1 when it could not even be dialled, -2 when the exchange did not answer, or has nothing of it."""

    @property
    def live(self) -> bool:
        """Whether it still exists."""
        return self.ended is None

    @property
    def state(self) -> str:
        """`ringing`, `up`, `bridged` or `ended`."""
        if self.ended is not None:
            return "ended"
        return "ringing" if self.up is None else "up" if self.joined is None else "bridged"


@dataclass(slots=True)
class Ear:
    """A supervisor's way into a call: a snoop on the agent's channel in a bridge with the supervisor's leg."""

    leg: str
    mode: str
    """`listen`, `whisper` or `barge`."""
    tap: str = ""
    room: str = ""


@dataclass(slots=True)
class Call:
    """One call with everything that its next step depends on."""

    id: str
    kind: str
    began: int
    state: str = NEW
    number: str = ""
    """Who called, or is called."""
    service: str = ""
    """The number that was dialled."""
    queue: str = ""
    menu: str = ""
    round: int = 0
    """How often the present menu or question was put."""
    agent: str | None = None
    legs: dict[str, Leg] = field(default_factory=dict)
    bridge: str = ""
    playing: str = ""
    then: str = ""
    """What follows the prompt that plays."""
    music: str = ""
    """The leg that hears the waiting music."""
    due: dict[str, int] = field(default_factory=dict)
    """When what happens unless something else does first."""
    tried: list[str] = field(default_factory=list)
    """Agents who did not answer."""
    queued: int | None = None
    answered: int | None = None
    talking: int | None = None
    """Since when somebody has talked with the citizen."""
    ended: int | None = None
    outcome: str = ""
    held: bool = False
    transferring: bool = False
    """Whether the agent leaves as soon as the third party is there."""
    recording: str = ""
    tap: str = ""
    paused: bool = False
    ears: dict[str, Ear] = field(default_factory=dict)
    """By the supervisor's leg."""
    case_no: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    """What only some kinds of call need: answers of a survey, a pager's contacts."""
    made: int = 0
    """How many ids were given out."""

    @classmethod
    def read(cls, text: bytes) -> Self:
        """A call from its JSON."""
        body = orjson.loads(text)
        body["legs"] = {name: Leg(**leg) for name, leg in body["legs"].items()}
        body["ears"] = {name: Ear(**ear) for name, ear in body["ears"].items()}
        return cls(**body)

    def text(self) -> bytes:
        """Its JSON."""
        return orjson.dumps(self)

    def copy(self) -> Self:
        """Another one that can be changed without changing this."""
        other = copy.copy(self)
        other.legs = {name: copy.copy(leg) for name, leg in self.legs.items()}
        other.ears = {name: copy.copy(ear) for name, ear in self.ears.items()}
        other.due, other.tried, other.facts = dict(self.due), list(self.tried), copy.deepcopy(self.facts)
        return other

    def live(self, *roles: str) -> list[Leg]:
        """The legs of these roles (all without any) that still exist."""
        return [leg for leg in self.legs.values() if leg.live and (not roles or leg.role in roles)]

    def first(self, *roles: str) -> Leg | None:
        """The first of them."""
        return next(iter(self.live(*roles)), None)
