"""The small in-process memory of who a token is, so that a request costs no query."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from engine.actor import Actor

FRESH = timedelta(seconds=5)
"""How long a changed right or a revoked token may still work in another process."""
ROOM = 10_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token stands for; `seen_at` and `expires_at` in real time."""

    actor: Actor
    kind: str
    seen_at: datetime
    expires_at: datetime


class Known:
    """Identities by token digest, each believed for `FRESH`."""

    def __init__(self) -> None:
        self._entries: dict[bytes, tuple[float, Identity]] = {}
        self._lock = Lock()

    def get(self, digest: bytes, look_up: Callable[[], Identity | None]) -> Identity | None:
        """The identity of a token, looked up when it is not fresh in memory."""
        entry = self._entries.get(digest)
        if entry is not None and entry[0] > time.monotonic():
            return entry[1]
        identity = look_up()
        with self._lock:
            if len(self._entries) >= ROOM:
                self._entries.clear()
            if identity is None:
                self._entries.pop(digest, None)
            else:
                self._entries[digest] = (time.monotonic() + FRESH.total_seconds(), identity)
        return identity

    def forget(self, digest: bytes) -> None:
        """Look this token up again at its next use."""
        with self._lock:
            self._entries.pop(digest, None)
