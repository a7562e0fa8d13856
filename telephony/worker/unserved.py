"""Calls that no worker took: the exchange remembers them by names of their own (`deploy/asterisk/extensions.conf`) until one is told."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from engine import chance, crypto
from telephony.ari import Ari
from telephony.ari.errors import Unreachable
from telephony.calls import ids

FAMILY = "unserved"
"""The part of the exchange's own database, and the context by which a name is taken out of it: no request can write there."""
LONGEST = (10, 30, 20, 6)
"""Characters of a name's parts: what is longer would be cut somewhere on its way."""
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
    """Empty for one that was withheld, or is none."""


class Watch:
    """Asks an exchange for such calls now and then, and has each taken in.

    `later` has something done in a thread of requests, in order; `soon` in the worker's own thread, after what waits there already.
    `take` takes one in, and answers whether that could be done.
    """

    def __init__(
        self,
        ari: Ari,
        app: str,
        node: str,
        *,
        later: Callable[[Callable[[], None]], None],
        soon: Callable[[Callable[[], None]], None],
        take: Callable[[Missed], bool],
    ) -> None:
        self._ari, self._app, self._node = ari, app, node
        self._later, self._soon, self._take = later, soon, take
        self._seen: str | None = None

    def look(self, *, anew: bool = False) -> None:
        """Have the exchange asked whether there are more than before; `anew` for one that may have started again since."""
        if anew:
            self._seen = None
        self._later(self._ask)

    def _ask(self) -> None:
        seen = newest(self._ari)
        if seen == self._seen:
            return
        try:
            found = names(self._ari, self._app)
        except Unreachable:
            raise
        except Exception:
            self._seen = seen  # it is one that cannot remember: not to be asked for ever
            raise
        self._seen = seen
        if found:
            self._soon(partial(self._take_in, deque(found)))

    def _take_in(self, found: deque[str]) -> None:
        # one at a time: after a night without a worker there may be thousands, and calls that come now must not wait for them
        name = found.popleft()
        missed = read(name, self._node)
        if missed is None or self._take(missed):
            self._later(partial(forget, self._ari, self._app, name))
        else:
            self._seen = None  # to be asked for again
        if found:
            self._soon(partial(self._take_in, found))


def newest(ari: Ari) -> str:
    """Another text than before when there are more of them, empty since the exchange's start. Raises `AriError`."""
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
    if not name.isascii() or len(parts) != len(LONGEST) or not parts[0].isdigit():
        return None
    if any(len(part) > longest for part, longest in zip(parts, LONGEST, strict=True)):
        return None
    call = ids.always(crypto.current().index(f"{FAMILY} {node} {name}"))  # the name has the caller's number in it, an id tells nothing
    return Missed(call, datetime.fromtimestamp(int(parts[0]), UTC), parts[1], parts[2])


def forget(ari: Ari, app: str, name: str) -> None:
    """Have the exchange forget one. Raises `AriError`."""
    ari.channels.originate(_channel(), f"Local/{name}@{FAMILY}", app)


def _channel() -> str:
    return f"{FAMILY}-{chance.identifier().hex}"
