"""What an application hears, for tests: events in their order, and waiting for one of them."""

import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from telephony.ari.links import Listener
from telephony.ari.messages import Event
from tests.fixtures.asterisk.node import USER, Node

T = TypeVar("T", bound=Event)
SECONDS = 20.0


class Heard:
    """A sink that keeps events and lets a test wait for one."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.all: list[Event] = []

    def __call__(self, event: Event) -> None:
        self._queue.put(event)

    def wait(self, kind: type[T], fits: Callable[[T], bool] = lambda _event: True) -> T:
        """The next event of a kind that fits, from where the last waiting ended."""
        end = time.monotonic() + SECONDS
        while (left := end - time.monotonic()) > 0:
            try:
                event = self._queue.get(timeout=left)
            except queue.Empty:
                break
            self.all.append(event)
            if isinstance(event, kind) and fits(event):
                return event
        raise AssertionError(f"no {kind.__name__} within {SECONDS} s, but {[type(event).__name__ for event in self.all[-30:]]}")

    def first(self, kind: type[T], number: int, fits: Callable[[T], bool] = lambda _event: True) -> list[T]:
        """The first so many events of a kind that fit, whatever has been waited for before."""
        found = [event for event in self.all if isinstance(event, kind) and fits(event)]
        while len(found) < number:
            found.append(self.wait(kind, fits))
        return found[:number]

    def rest(self) -> list[Event]:
        """What has come meanwhile."""
        found = []
        while not self._queue.empty():
            found.append(self._queue.get())
        self.all += found
        return found


@contextmanager
def listening(node: Node, *applications: str) -> Iterator[Heard]:
    """An application that is connected."""
    heard = Heard()
    listener = Listener(node.url, USER, node.password, applications, heard)
    listener.start()
    try:
        assert listener.connected.wait(SECONDS)
        yield heard
    finally:
        listener.stop()
