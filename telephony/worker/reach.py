"""Which telephones the exchange reaches: an agent whose telephone is away is offered no call."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from engine import clock
from telephony.ari import Ari
from telephony.seats import services as seats


class Reach:
    """What the exchange says of its telephones, look by look."""

    def __init__(self, ari: Ari, node: str, note: Callable[[Callable[[Session], None]], None]) -> None:
        """`note` has something written down, at once or later."""
        self._ari, self._node, self._note = ari, node, note
        self._offline: set[str] = set()

    def look(self) -> None:
        """Ask, and note it. Raises `AriError`."""
        # asked for, and not subscribed to: a subscription to endpoints brings every event of their channels a second time
        found = {f"{each.technology}/{each.resource}": each.state for each in self._ari.endpoints.list()}
        offline = {endpoint for endpoint, state in found.items() if state == "offline"}
        # one that has just registered is offline until it has answered for the first time
        lost, self._offline = offline & self._offline, offline
        self._note(lambda session: seats.seen(session, self._node, found.keys() - offline, lost, clock.now()))
