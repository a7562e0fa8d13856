"""Channels that come to us from the application of a worker that died. The exchange moves one once what plays or is recorded there is
over, and until then tells only who has asked for its events."""

import threading
from collections.abc import Callable
from contextlib import suppress

import structlog

from telephony.ari import Ari, errors, messages
from telephony.ari.messages import Event
from telephony.ari.models import Channel
from telephony.worker.events import INCOMING, MOVED

log = structlog.get_logger("telephony.moving")
AGAIN = 1.0
"""Seconds before a call that nobody has taken in yet is asked for again."""
OFTEN = 10
"""So often at most an application has asked for one channel's events."""


class Moving:
    """Used by the requests' threads, but for `is_ours`."""

    def __init__(
        self, ari: Ari, app: str, stopping: threading.Event, in_doubt: Callable[[], None], only_rings: Callable[[str, str], None]
    ) -> None:
        """`only_rings` is told of a call and its channel that cannot be moved, since nobody has answered there."""
        self._ari, self._app, self._stopping, self._in_doubt, self._only_rings = ari, app, stopping, in_doubt, only_rings
        self._coming: set[str] = set()

    def bring_over(self, former: str, call: str, channel: str) -> None:
        """Have a channel of a call that we took over. Raises `AriError`."""
        try:
            self._hear(former, channel)
            self._ari.channels.move(channel, self._app, args=MOVED)
        except errors.NotInStasis:
            self._only_rings(call, channel)
        finally:
            self._in_doubt()

    def bring_in(self, former: str, new: Channel) -> None:
        """Have a new call that nobody has taken in: it is in no row, and nothing else would find it."""
        while True:
            try:
                if new.id not in {channel.id for channel in self._ari.channels.list() if channel.state == new.state}:
                    break  # it has ended, or somebody has answered it
                self._hear(former, new.id)
                self._ari.channels.move(new.id, self._app, args=f"{INCOMING},{new.dialplan.exten}")
                break
            except errors.AriError as refusal:  # nobody answers, or knows our application: its link is down
                log.warning("a new call is asked for again", channel=new.id, error=refusal.code)
                if self._stopping.wait(AGAIN):
                    break
        self._in_doubt()  # it is ours by now: should the move be dropped, for our link is down, the next look takes it in

    def is_ours(self, event: Event) -> bool:
        """Whether it says no more than that a channel has left an application by our own move: one that comes from where it is already
        seems to end there. What truly ends is told as destroyed, too, or found by the next look."""
        if isinstance(event, messages.StasisStart | messages.ChannelDestroyed):
            self._coming.discard(event.channel.id)
        return isinstance(event, messages.StasisEnd) and event.channel.id in self._coming

    def _hear(self, former: str, channel: str) -> None:
        """Its events are for us from now on, and not for its former application: what two hear, neither ends when nobody answers for it."""
        self._ari.applications.subscribe(self._app, f"channel:{channel}")
        self._coming.add(channel)
        with suppress(errors.AriError):  # it counts how often it was asked, and refuses once there is nothing left
            for _ in range(OFTEN):
                self._ari.applications.unsubscribe(former, f"channel:{channel}")
