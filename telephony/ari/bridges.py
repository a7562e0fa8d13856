"""Bridges: who hears whom."""

from telephony.ari.models import Bridge, Playback
from telephony.ari.transport import Transport


class Bridges:
    """`/bridges`."""

    def __init__(self, transport: Transport) -> None:
        self._exchange = transport

    def list(self) -> list[Bridge]:
        """Every bridge there is."""
        return self._exchange.many(Bridge, "GET", "/bridges")

    def get(self, bridge: str) -> Bridge:
        """One bridge. Raises `Gone`."""
        return self._exchange.one(Bridge, "GET", "/bridges/{bridgeId}", {"bridgeId": bridge})

    def create(self, bridge: str, *, kind: str = "mixing", name: str = "") -> Bridge:
        """Make a bridge. Raises `Busy` when the id is taken."""
        return self._exchange.one(Bridge, "POST", "/bridges/{bridgeId}", {"bridgeId": bridge}, type=kind, name=name or None)

    def destroy(self, bridge: str) -> None:
        """End a bridge; its channels stay ours. Raises `Gone`."""
        self._exchange.ask("DELETE", "/bridges/{bridgeId}", {"bridgeId": bridge})

    def add(self, bridge: str, *channels: str, mute: bool | None = None) -> None:
        """Bring channels in. Waits for the end of a prompt that one of them is played; stop that first."""
        # without the last parameter Asterisk tells the citizen's telephone anew who is connected, at each bridging
        self._exchange.ask(
            "POST",
            "/bridges/{bridgeId}/addChannel",
            {"bridgeId": bridge},
            channel=",".join(channels),
            mute=mute,
            inhibitConnectedLineUpdates=True,
        )

    def remove(self, bridge: str, *channels: str) -> None:
        """Take channels out."""
        self._exchange.ask("POST", "/bridges/{bridgeId}/removeChannel", {"bridgeId": bridge}, channel=",".join(channels))

    def music(self, bridge: str, kind: str | None = None) -> None:
        """Play the waiting music of a class to all."""
        self._exchange.ask("POST", "/bridges/{bridgeId}/moh", {"bridgeId": bridge}, mohClass=kind)

    def no_music(self, bridge: str) -> None:
        """Stop it."""
        self._exchange.ask("DELETE", "/bridges/{bridgeId}/moh", {"bridgeId": bridge})

    def play(self, bridge: str, playback: str, media: str, *, language: str | None = None) -> Playback:
        """Play a prompt to all."""
        return self._exchange.one(
            Playback,
            "POST",
            "/bridges/{bridgeId}/play/{playbackId}",
            {"bridgeId": bridge, "playbackId": playback},
            media=media,
            lang=language,
        )
