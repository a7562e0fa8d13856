"""The client of one exchange's REST interface."""

from typing import Self

from telephony.ari.bridges import Bridges
from telephony.ari.channels import Channels
from telephony.ari.recordings import Playbacks, Recordings
from telephony.ari.system import Applications, Endpoints, System
from telephony.ari.transport import Transport


class Ari:
    """One exchange; safe between threads. Every call may raise `AriError`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.channels = Channels(transport)
        self.bridges = Bridges(transport)
        self.playbacks = Playbacks(transport)
        self.recordings = Recordings(transport)
        self.endpoints = Endpoints(transport)
        self.applications = Applications(transport)
        self.system = System(transport)

    def give_up(self) -> None:
        """From now on nobody waits for an answer: requests under way and to come raise `Unreachable` at once."""
        self._transport.give_up()

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
