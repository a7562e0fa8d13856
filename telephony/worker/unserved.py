"""Calls that no worker took: the exchange remembers them by names of their own (`deploy/asterisk/extensions.conf`) until one is told."""

from dataclasses import dataclass
from datetime import UTC, datetime

from engine import chance, crypto
from telephony.ari import Ari
from telephony.calls import ids

FAMILY = "unserved"
"""The part of the exchange's own database, and the context by which a name is taken out of it: no request can write there."""
NEWEST = "UNSERVED"
"""The exchange's variable that changes with each of them, and is empty after its start."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A call that came while nobody was there to take it."""

    call: str
    """Its id, the same however often it is told."""
    began: datetime
    service: str
    number: str
    """Empty for a number that was withheld."""


def newest(ari: Ari) -> str:
    """Another text than before when there are more of them. Raises `AriError`."""
    return ari.system.variable(NEWEST)


def names(ari: Ari, app: str) -> list[str]:
    """Of the calls that the exchange remembers. Raises `AriError`."""
    channel = _channel()
    ari.channels.create(channel, f"Local/names@{FAMILY}", app)  # its functions answer channels alone
    try:
        return [name for name in ari.channels.variable(channel, f"DB_KEYS({FAMILY})").split(",") if name]
    finally:
        ari.channels.hangup(channel)


def read(name: str, node: str) -> Missed | None:
    """What a name says: `seconds since 1970~number dialled~caller~some digits`; None for one that is not the dial plan's."""
    parts = name.split("~")
    if len(parts) != 4 or not parts[0].isascii() or not parts[0].isdigit() or len(parts[0]) > 10:
        return None
    call = ids.always(crypto.current().index(f"{FAMILY} {node} {name}"))  # the name has the caller's number in it, an id tells nothing
    return Missed(call, datetime.fromtimestamp(int(parts[0]), UTC), parts[1], parts[2])


def forget(ari: Ari, app: str, name: str) -> None:
    """Have the exchange forget one. Raises `AriError`."""
    ari.channels.originate(_channel(), f"Local/{name}@{FAMILY}", app)


def _channel() -> str:
    return f"{FAMILY}-{chance.identifier().hex}"
