"""What the exchange has at a moment: what a worker compares its own rows with after each connection."""

from dataclasses import dataclass
from datetime import datetime

from telephony.ari.client import Ari
from telephony.ari.models import Bridge, Channel


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Channels and bridges by id, and since when the exchange runs."""

    startup_time: datetime
    asterisk_id: str
    channels: dict[str, Channel]
    bridges: dict[str, Bridge]

    def restarted(self, since: datetime | None) -> bool:
        """Whether the exchange has started anew since it was first asked: then every call of before is gone."""
        return since is not None and self.startup_time != since


def take(ari: Ari) -> Snapshot:
    """Ask the exchange. Raises `AriError`."""
    info = ari.system.info()
    return Snapshot(
        info.status.startup_time,
        info.system.entity_id,
        {channel.id: channel for channel in ari.channels.list()},
        {bridge.id: bridge for bridge in ari.bridges.list()},
    )
