"""Asterisk's REST interface: `with ari.connect(url, user, password) as exchange: exchange.channels.answer(id)`.

Requests by `client.Ari`, events by `links.Listener` or `links.Receiver`, typed in `messages`; see `docs/adr/0001`.
"""

from telephony.ari.client import Ari
from telephony.ari.transport import Transport

__all__ = ["Ari", "connect"]


def connect(url: str, user: str, password: str) -> Ari:
    """A client of the exchange at `url` (that of `/ari`). Asks nothing yet: `system.ping()` tells whether it is there."""
    return Ari(Transport(url, user, password))
