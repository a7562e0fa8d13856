"""The events of the exchange. A kind that is not here arrives as `Unknown`; none is lost.

`application` and `asterisk_id` say for whom and from which node; `timestamp` is the exchange's own clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from telephony.ari.errors import NotUnderstood
from telephony.ari.models import Bridge, Channel, ContactInfo, Endpoint, LiveRecording, Playback, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What every event has."""

    application: str = ""
    asterisk_id: str = ""
    timestamp: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Event):
    """An event of a kind that this package does not know, or of a shape that it does not understand."""

    type: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfChannel(Event):
    """The base of what happens to one channel."""

    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class StasisStart(OfChannel):
    """A channel comes into our hands, with the arguments of the dial plan or of whoever originated it."""

    args: tuple[str, ...]
    replace_channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StasisEnd(OfChannel):
    """A channel leaves our hands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCreated(OfChannel):
    """A channel is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStateChange(OfChannel):
    """It rings, is answered …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDestroyed(OfChannel):
    """A channel is no more; `cause` by Q.850, `tech_cause` the SIP code."""

    cause: int
    cause_txt: str
    tech_cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHangupRequest(OfChannel):
    """Somebody hangs up."""

    cause: int | None = None
    tech_cause: int | None = None
    soft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDtmfReceived(OfChannel):
    """A key was pressed; told when it is let go."""

    digit: str
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHold(OfChannel):
    """The telephone's own hold key."""

    musicclass: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelUnhold(OfChannel):
    """The hold key once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTalkingStarted(OfChannel):
    """Somebody speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTalkingFinished(OfChannel):
    """Somebody has stopped speaking; `duration` in milliseconds."""

    duration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelToneDetected(OfChannel):
    """A tone that was listened for (a fax, for one)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConnectedLine(OfChannel):
    """The number shown to the other side has changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelVarset(Event):
    """A variable was set; half of all events, so filter it out."""

    variable: str
    value: str
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelEnteredBridge(Event):
    """From now on it hears the others in the bridge."""

    bridge: Bridge
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLeftBridge(OfChannel):
    """And no longer."""

    bridge: Bridge


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeCreated(Event):
    """A bridge is there."""

    bridge: Bridge


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeDestroyed(Event):
    """A bridge is no more."""

    bridge: Bridge


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial(Event):
    """How dialling goes: `dialstatus` is empty at first, then RINGING, PROGRESS, ANSWER, BUSY, NOANSWER, CANCEL, CHANUNAVAIL …"""

    peer: Channel
    dialstatus: str
    dialstring: str = ""
    caller: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackStarted(Event):
    """A prompt begins."""

    playback: Playback


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackContinuing(Event):
    """The next of several prompts begins."""

    playback: Playback


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackFinished(Event):
    """A prompt ended, was stopped, or failed."""

    playback: Playback


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(Event):
    """A recording begins."""

    recording: LiveRecording


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFinished(Event):
    """A recording ended; its file is there."""

    recording: LiveRecording


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFailed(Event):
    """A recording could not be made."""

    recording: LiveRecording


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStateChange(Event):
    """A telephone came or went."""

    endpoint: Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactStatusChange(Event):
    """A telephone's registration came, went, or stopped answering."""

    endpoint: Endpoint
    contact_info: ContactInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelUserevent(Event):
    """Something that an application or the dial plan says."""

    eventname: str
    userevent: Mapping[str, Any]
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBroadcast(OfChannel):
    """A call that several workers are offered; the first to claim it has it."""

    caller: str = ""
    called: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallClaimed(OfChannel):
    """Who has it."""

    winner_app: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationMoveFailed(OfChannel):
    """A channel could not be moved to another worker."""

    destination: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRegistered(Event):
    """The connection is up and the application known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationUnregistered(Event):
    """The application is known no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationReplaced(Event):
    """Another process has connected with this application's name and gets its events from now on."""


KINDS: Mapping[str, type[Event]] = {
    name: kind
    for name, kind in tuple(globals().items())
    if isinstance(kind, type) and issubclass(kind, Event) and kind not in (Event, OfChannel, Unknown)
}
"""Every known kind by its name in `type`."""


def event_of(text: str | bytes) -> Event:
    """The event in one message. Raises `NotUnderstood` for what is no JSON object with a `type`."""
    try:
        body = orjson.loads(text)
        name = body["type"]
    except (ValueError, KeyError, TypeError) as error:
        raise NotUnderstood(said=str(text[:200])) from error
    kind = KINDS.get(name)
    if kind is not None:
        try:
            return read(kind, body)
        except NotUnderstood:
            pass  # it is told as it came, rather than lost
    return Unknown(application=str(body.get("application", "")), asterisk_id=str(body.get("asterisk_id", "")), type=str(name), body=body)
