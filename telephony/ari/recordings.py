"""Playbacks and recordings."""

from typing import Literal

from telephony.ari.models import LiveRecording, Playback, StoredRecording
from telephony.ari.transport import Transport


class Playbacks:
    """`/playbacks`."""

    def __init__(self, transport: Transport) -> None:
        self._exchange = transport

    def get(self, playback: str) -> Playback:
        """One that plays or waits. Raises `Gone`."""
        return self._exchange.one(Playback, "GET", "/playbacks/{playbackId}", {"playbackId": playback})

    def stop(self, playback: str) -> None:
        """Stop it. Raises `Gone` when it has ended."""
        self._exchange.ask("DELETE", "/playbacks/{playbackId}", {"playbackId": playback})

    def control(self, playback: str, operation: Literal["restart", "pause", "unpause", "reverse", "forward"]) -> None:
        """Wind it."""
        self._exchange.ask("POST", "/playbacks/{playbackId}/control", {"playbackId": playback}, operation=operation)


class Recordings:
    """`/recordings`, under way and stored."""

    def __init__(self, transport: Transport) -> None:
        self._exchange = transport

    def live(self, name: str) -> LiveRecording:
        """One under way. Raises `Gone`."""
        return self._exchange.one(LiveRecording, "GET", "/recordings/live/{recordingName}", {"recordingName": name})

    def stop(self, name: str) -> None:
        """End it and keep it."""
        self._exchange.ask("POST", "/recordings/live/{recordingName}/stop", {"recordingName": name})

    def discard(self, name: str) -> None:
        """End it and throw it away."""
        self._exchange.ask("DELETE", "/recordings/live/{recordingName}", {"recordingName": name})

    def pause(self, name: str) -> None:
        """Leave out what follows."""
        self._exchange.ask("POST", "/recordings/live/{recordingName}/pause", {"recordingName": name})

    def resume(self, name: str) -> None:
        """Go on after a pause."""
        self._exchange.ask("DELETE", "/recordings/live/{recordingName}/pause", {"recordingName": name})

    def stored(self, name: str) -> StoredRecording:
        """One on the disk. Raises `Gone`."""
        return self._exchange.one(StoredRecording, "GET", "/recordings/stored/{recordingName}", {"recordingName": name})

    def all_stored(self) -> list[StoredRecording]:
        """Every one on the disk."""
        return self._exchange.many(StoredRecording, "GET", "/recordings/stored")

    def file(self, name: str) -> bytes:
        """The bytes of one on the disk. Raises `Gone`."""
        return self._exchange.ask("GET", "/recordings/stored/{recordingName}/file", {"recordingName": name})

    def delete(self, name: str) -> None:
        """Delete one from the disk. Raises `Gone`."""
        self._exchange.ask("DELETE", "/recordings/stored/{recordingName}", {"recordingName": name})
