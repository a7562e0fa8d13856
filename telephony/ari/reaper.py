"""Ends channels that nobody answers for any more: with a worker dead, nobody ends the call when the agent hangs up."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from telephony.ari.client import Ari
from telephony.ari.errors import Gone
from telephony.ari.models import Channel

GRACE = timedelta(seconds=30)
"""How long a channel may be without anybody who answers for it: a worker that has just started, or takes over, needs some seconds."""


class Reaper:
    """Remembers since when a channel has had nobody. `owned` tells whether somebody answers for it."""

    def __init__(self, ari: Ari, owned: Callable[[Channel], bool], grace: timedelta = GRACE) -> None:
        self._ari, self._owned, self._grace = ari, owned, grace
        self._alone: dict[str, datetime] = {}

    def look(self, channels: Iterable[Channel], now: datetime) -> list[str]:
        """Hang up what has had nobody for the grace; answers the ids. `channels` are those in our applications' hands."""
        alone = {channel.id: self._alone.get(channel.id, now) for channel in channels if not self._owned(channel)}
        ended = [channel for channel, since in alone.items() if now - since >= self._grace]
        for channel in ended:
            try:
                self._ari.channels.hangup(channel)
            except Gone:
                continue  # it has ended by itself
        self._alone = {channel: since for channel, since in alone.items() if channel not in ended}
        return ended
