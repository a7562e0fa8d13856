"""The things of the exchange, as Asterisk 22 describes them in `/ari/api-docs/`; `tests/telephony/ari` compares them with the server's own.

Each is a frozen dataclass; moments are aware. What an answer has beyond these fields is left aside.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from telephony.ari.errors import NotUnderstood

T = TypeVar("T")
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class CallerID:
    """Who calls, or who is connected."""

    name: str
    number: str


@dataclass(frozen=True, slots=True)
class DialplanCEP:
    """Where in the dial plan a channel stands."""

    context: str
    exten: str
    priority: int
    app_name: str = ""
    app_data: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """One leg of a call (通道). `state` is one of Down, Rsrvd, OffHook, Dialing, Ring, Ringing, Up, Busy."""

    id: str
    name: str
    state: str
    caller: CallerID
    connected: CallerID
    dialplan: DialplanCEP
    creationtime: datetime
    protocol_id: str = ""
    accountcode: str = ""
    language: str = ""
    channelvars: Mapping[str, str] = field(default_factory=dict)
    caller_rdnis: str = ""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Channels that hear each other; `channels` are their ids."""

    id: str
    technology: str
    bridge_type: str
    bridge_class: str
    creator: str
    name: str
    channels: tuple[str, ...]
    creationtime: datetime


@dataclass(frozen=True, slots=True)
class Playback:
    """A prompt being played; `state` is one of queued, playing, continuing, paused, done, failed."""

    id: str
    media_uri: str
    target_uri: str
    state: str
    language: str = ""
    next_media_uri: str = ""


@dataclass(frozen=True, slots=True)
class LiveRecording:
    """A recording under way; durations in seconds, None while it runs."""

    name: str
    format: str
    target_uri: str
    state: str
    duration: int | None = None
    talking_duration: int | None = None
    silence_duration: int | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class StoredRecording:
    """A recording on the exchange's disk."""

    name: str
    format: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A telephone or trunk; `state` is online, offline or unknown."""

    technology: str
    resource: str
    channel_ids: tuple[str, ...]
    state: str = "unknown"


@dataclass(frozen=True, slots=True)
class ContactInfo:
    """Where a telephone is registered, and whether it answers."""

    uri: str
    contact_status: str
    aor: str
    roundtrip_usec: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """A Stasis application and what it is subscribed to."""

    name: str
    channel_ids: tuple[str, ...]
    bridge_ids: tuple[str, ...]
    endpoint_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SystemInfo:
    """The exchange's version and its own id, which stands in every event."""

    version: str
    entity_id: str


@dataclass(frozen=True, slots=True)
class StatusInfo:
    """Since when it runs."""

    startup_time: datetime
    last_reload_time: datetime


@dataclass(frozen=True, slots=True)
class AsteriskInfo:
    """What runs, and since when."""

    system: SystemInfo
    status: StatusInfo


@dataclass(frozen=True, slots=True)
class FormatLangPair:
    """One file of a sound."""

    language: str
    format: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A prompt that the exchange has."""

    id: str
    formats: tuple[FormatLangPair, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of a variable, the exchange's or a channel's."""

    value: str


def read(kind: type[T], data: Any) -> T:
    """Build `kind` from JSON's values. Raises `NotUnderstood` when something it needs is missing or of another shape."""
    try:
        return kind(
            **{name: convert(data[name]) for name, convert, needed in _plan(cast(Hashable, kind)) if needed or data.get(name) is not None}
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotUnderstood(said=f"{kind.__name__}: {type(error).__name__} {error}") from error


@cache
def _plan(kind: Any) -> Sequence[tuple[str, Convert, bool]]:
    """Of each field: its name, what makes its value, and whether it must be there."""
    hints = get_type_hints(kind)
    return [
        (each.name, _converter(hints[each.name]), each.default is MISSING and each.default_factory is MISSING)
        for each in fields(kind)
        if each.init
    ]


def _converter(hint: Any) -> Convert:
    if get_origin(hint) is UnionType:
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    if hint is datetime:
        return datetime.fromisoformat
    if get_origin(hint) is tuple:
        inner = _converter(get_args(hint)[0])
        return lambda values: tuple(inner(value) for value in values)
    if isinstance(hint, type) and is_dataclass(hint):
        return partial(read, hint)
    return _as_is


def _as_is(value: Any) -> Any:
    return value
