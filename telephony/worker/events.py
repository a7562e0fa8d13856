"""From the exchange's events to what happens to our calls."""

from collections import OrderedDict

from telephony.ari import messages
from telephony.ari.messages import Event
from telephony.calls import happenings as told
from telephony.calls.ids import call_of

REMEMBERED = 10_000
"""Channels that have ended: an event that overtook another one must not bring them to life."""
LEG, TAP, INCOMING, SEAT, MOVED = "leg", "tap", "incoming", "seat", "moved"
"""The first argument of a channel that comes into our hands."""
URGENT = (
    messages.CallBroadcast,
    messages.ChannelHangupRequest,
    messages.ChannelDtmfReceived,
    messages.StasisEnd,
    messages.ChannelDestroyed,
)
"""What goes first when there is more than we can do; an offered call is somebody else's, or nobody's, after some seconds."""


WANTED = (
    *URGENT,
    messages.StasisStart,
    messages.ChannelStateChange,
    messages.ChannelHold,
    messages.ChannelUnhold,
    messages.PlaybackFinished,
    messages.RecordingFinished,
    messages.RecordingFailed,
    messages.ApplicationReplaced,
)
"""What a worker does something about: a third of what the exchange could tell of a call."""


class Channels:
    """Which call a channel belongs to. Ours say so by their ids; those that came in are remembered."""

    def __init__(self) -> None:
        self._calls: dict[str, str] = {}
        self._causes: dict[str, int] = {}
        self._over: OrderedDict[str, None] = OrderedDict()

    def add(self, channel: str, call: str) -> None:
        """A channel came in as a call."""
        self._calls[channel] = call

    def call(self, channel: str) -> str:
        """The call of a channel; empty for a stranger."""
        return call_of(channel) or self._calls.get(channel, "")

    def note_cause(self, channel: str, cause: int | None) -> None:
        """Why a channel is about to end: not every end says so itself."""
        if cause is not None and self.call(channel):
            self._causes[channel] = cause

    def end(self, channel: str) -> int | None:
        """A channel is over; why, if somebody said."""
        self._calls.pop(channel, None)
        self._over[channel] = None
        while len(self._over) > REMEMBERED:
            self._over.popitem(last=False)
        return self._causes.pop(channel, None)

    def over(self, channel: str) -> bool:
        """Whether it has ended before."""
        return channel in self._over


def happening(event: Event, channels: Channels) -> tuple[str, told.Happening] | None:
    """The call that an event is about, and what happens to it; None for what concerns no call of ours."""
    found = _happening(event, channels)
    return found if found is not None and found[0] else None


def _happening(event: Event, channels: Channels) -> tuple[str, told.Happening] | None:
    if isinstance(event, messages.PlaybackFinished):
        return call_of(event.playback.id), told.Played(event.playback.id)
    if isinstance(event, messages.RecordingFinished):
        return call_of(event.recording.name), told.Recorded(event.recording.name, event.recording.duration or 0)
    if isinstance(event, messages.RecordingFailed):
        return call_of(event.recording.name), told.Recorded(event.recording.name, None)
    if not isinstance(event, messages.OfChannel):
        return None
    channel = event.channel.id
    call = channels.call(channel)
    if isinstance(event, messages.StasisStart):
        return call, _started(event)
    if isinstance(event, messages.ChannelStateChange):
        return (call, told.Up(channel, by_state=True)) if event.channel.state == "Up" else None
    if isinstance(event, messages.ChannelDtmfReceived):
        return call, told.Key(channel, event.digit)
    if isinstance(event, messages.ChannelHold | messages.ChannelUnhold):
        return call, told.HoldKey(channel, isinstance(event, messages.ChannelHold))
    if isinstance(event, messages.ChannelHangupRequest):
        channels.note_cause(channel, event.cause)
        return None
    if isinstance(event, messages.StasisEnd | messages.ChannelDestroyed):
        said = channels.end(channel)
        return call, told.Gone(channel, event.cause if isinstance(event, messages.ChannelDestroyed) else said)
    return None


def _started(event: messages.StasisStart) -> told.Happening:
    if event.args[:1] == (TAP,):
        return told.Tapped(event.channel.id)
    return told.Up(event.channel.id) if event.channel.state == "Up" else told.Ready(event.channel.id)
