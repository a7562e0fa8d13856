"""A new call of a dead worker is asked for at least once, and no longer than it rings."""

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

from telephony.ari import Ari
from telephony.ari.errors import AriError, Gone, Unreachable
from telephony.ari.models import Channel
from telephony.worker import moving
from telephony.worker.moving import Moving


class Exchange:
    """Refuses to subscribe so often; the channel rings while there are looks left."""

    def __init__(self, *refusals: type[AriError], looks: int = 100) -> None:
        self._refusals, self._looks = list(refusals), looks
        self.new = SimpleNamespace(id="1", state="Ring", dialplan=SimpleNamespace(exten="12345"))
        self.asked: list[str] = []
        self.channels = SimpleNamespace(list=self._list, move=lambda *_about, **_more: self.asked.append("move"))
        self.applications = SimpleNamespace(subscribe=self._subscribe, unsubscribe=self._unsubscribe)

    def _list(self) -> list[Any]:
        self._looks -= 1
        return [self.new] if self._looks >= 0 else []

    def _subscribe(self, *_about: str) -> None:
        self.asked.append("subscribe")
        if self._refusals:
            raise self._refusals.pop(0)(status=None, method="POST", path="/", said="")

    def _unsubscribe(self, *_about: str) -> None:
        raise Gone(status=404, method="DELETE", path="/", said="")


@pytest.mark.parametrize(
    ("exchange", "stopping", "asked"),
    [
        (Exchange(Unreachable, Gone), False, ["subscribe", "subscribe", "subscribe", "move"]),
        (Exchange(), True, ["subscribe", "move"]),
        (Exchange(Unreachable), True, ["subscribe"]),
        (Exchange(*[Unreachable] * 100, looks=2), False, ["subscribe", "subscribe"]),
    ],
)
def test_a_new_call_is_asked_for_until_it_is_had_or_over(
    exchange: Exchange, stopping: bool, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "AGAIN", 0.0)
    stop, doubts = threading.Event(), [0]
    if stopping:
        stop.set()
    Moving(cast(Ari, exchange), "app", stop, lambda: doubts.append(1), lambda *_: None).bring_in("former", cast(Channel, exchange.new))
    assert exchange.asked == asked
    assert sum(doubts) == 1
