"""Channels: calling, answering, hanging up, playing, recording, listening in."""

from collections.abc import Mapping
from typing import Literal

from telephony.ari.models import Channel, LiveRecording, Playback, Variable
from telephony.ari.transport import Transport

Direction = Literal["both", "in", "out"]
Listening = Literal["none", "both", "in", "out"]


class Channels:
    """`/channels`. Every call that makes something takes our own id for it, so that a second try is refused and not done twice."""

    def __init__(self, transport: Transport) -> None:
        self._exchange = transport

    def list(self) -> list[Channel]:
        """Every channel there is."""
        return self._exchange.many(Channel, "GET", "/channels")

    def get(self, channel: str) -> Channel:
        """One channel. Raises `Gone`."""
        return self._exchange.one(Channel, "GET", "/channels/{channelId}", {"channelId": channel})

    def originate(
        self,
        channel: str,
        endpoint: str,
        app: str,
        *,
        args: str = "",
        caller_id: str | None = None,
        timeout: int = 30,
        variables: Mapping[str, str] | None = None,
        other_channel: str | None = None,
        originator: str | None = None,
        formats: str | None = None,
    ) -> Channel:
        """Ring an endpoint (`PJSIP/1001`) and bring it into `app` when it answers; `timeout` in seconds of ringing.

        Raises `Busy` when the id is taken, `Unavailable` when the telephone is not registered.
        """
        return self._exchange.one(
            Channel,
            "POST",
            "/channels/{channelId}",
            {"channelId": channel},
            endpoint=endpoint,
            app=app,
            appArgs=args or None,
            callerId=caller_id,
            timeout=timeout,
            otherChannelId=other_channel,
            originator=originator,
            formats=formats,
            body=None if variables is None else {"variables": dict(variables)},
        )

    def create(self, channel: str, endpoint: str, app: str, *, args: str = "", originator: str | None = None) -> Channel:
        """Make a channel without ringing yet; `dial` rings it."""
        return self._exchange.one(
            Channel, "POST", "/channels/create", channelId=channel, endpoint=endpoint, app=app, appArgs=args or None, originator=originator
        )

    def dial(self, channel: str, *, caller: str | None = None, timeout: int = 30) -> None:
        """Ring a channel that was made before."""
        self._exchange.ask("POST", "/channels/{channelId}/dial", {"channelId": channel}, caller=caller, timeout=timeout)

    def hangup(self, channel: str, *, cause: int | None = None) -> None:
        """End a channel; `cause` by Q.850 (17 busy, 21 refused). Raises `Gone`."""
        self._exchange.ask("DELETE", "/channels/{channelId}", {"channelId": channel}, reason_code=cause)

    def leave(self, channel: str, *, context: str | None = None, extension: str | None = None, priority: int | None = None) -> None:
        """Go on in the dial plan."""
        self._exchange.ask(
            "POST", "/channels/{channelId}/continue", {"channelId": channel}, context=context, extension=extension, priority=priority
        )

    def move(self, channel: str, app: str, *, args: str = "") -> None:
        """Hand a channel to another application; the caller hears nothing of it."""
        self._exchange.ask("POST", "/channels/{channelId}/move", {"channelId": channel}, app=app, appArgs=args or None)

    def answer(self, channel: str) -> None:
        """Answer."""
        self._exchange.ask("POST", "/channels/{channelId}/answer", {"channelId": channel})

    def ring(self, channel: str) -> None:
        """Let the caller hear ringing."""
        self._exchange.ask("POST", "/channels/{channelId}/ring", {"channelId": channel})

    def press(self, channel: str, keys: str, *, between: int = 100, duration: int = 100) -> None:
        """Send keys to the other side; milliseconds."""
        self._exchange.ask("POST", "/channels/{channelId}/dtmf", {"channelId": channel}, dtmf=keys, between=between, duration=duration)

    def mute(self, channel: str, direction: Direction = "in") -> None:
        """`in`: nobody hears them; `out`: they hear nobody."""
        self._exchange.ask("POST", "/channels/{channelId}/mute", {"channelId": channel}, direction=direction)

    def unmute(self, channel: str, direction: Direction = "in") -> None:
        """Undo `mute`."""
        self._exchange.ask("DELETE", "/channels/{channelId}/mute", {"channelId": channel}, direction=direction)

    def music(self, channel: str, kind: str | None = None) -> None:
        """Play the waiting music of a class."""
        self._exchange.ask("POST", "/channels/{channelId}/moh", {"channelId": channel}, mohClass=kind)

    def no_music(self, channel: str) -> None:
        """Stop it."""
        self._exchange.ask("DELETE", "/channels/{channelId}/moh", {"channelId": channel})

    def play(self, channel: str, playback: str, media: str, *, language: str | None = None) -> Playback:
        """Play a prompt (`sound:greeting`, or several with commas); while it plays some other requests wait for its end."""
        return self._exchange.one(
            Playback,
            "POST",
            "/channels/{channelId}/play/{playbackId}",
            {"channelId": channel, "playbackId": playback},
            media=media,
            lang=language,
        )

    def record(
        self,
        channel: str,
        name: str,
        *,
        form: str = "alaw",
        most_seconds: int = 0,
        silence_seconds: int = 0,
        beep: bool = False,
        until: str = "none",
        if_exists: str = "fail",
    ) -> LiveRecording:
        """Record what this channel says; ends at `most_seconds`, after `silence_seconds` of silence (0: never), or at the key `until`."""
        return self._exchange.one(
            LiveRecording,
            "POST",
            "/channels/{channelId}/record",
            {"channelId": channel},
            name=name,
            format=form,
            maxDurationSeconds=most_seconds,
            maxSilenceSeconds=silence_seconds,
            ifExists=if_exists,
            beep=beep,
            terminateOn=until,
        )

    def snoop(self, channel: str, snoop: str, app: str, *, spy: Listening = "both", whisper: Listening = "none", args: str = "") -> Channel:
        """A channel that hears another one (`spy`) and may speak to it (`whisper`), unheard by the rest."""
        return self._exchange.one(
            Channel,
            "POST",
            "/channels/{channelId}/snoop/{snoopId}",
            {"channelId": channel, "snoopId": snoop},
            app=app,
            spy=spy,
            whisper=whisper,
            appArgs=args or None,
        )

    def variable(self, channel: str, name: str) -> str:
        """The value of a variable or function. Raises `Gone` when there is none."""
        return self._exchange.one(Variable, "GET", "/channels/{channelId}/variable", {"channelId": channel}, variable=name).value

    def set_variable(self, channel: str, name: str, value: str) -> None:
        """Set a variable."""
        self._exchange.ask("POST", "/channels/{channelId}/variable", {"channelId": channel}, variable=name, value=value)
