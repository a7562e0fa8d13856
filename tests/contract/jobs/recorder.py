"""A handler that remembers what ran, and on which a test waits without sleeping."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

PATIENCE = 20.0
"""Seconds after which a test gives up; nothing here should take one."""


def soon(happened: Callable[[], bool]) -> bool:
    """Ask again and again until it has happened; False when it never does."""
    pause, deadline = threading.Event(), monotonic() + PATIENCE
    while not happened():
        if monotonic() > deadline:
            return False
        pause.wait(0.02)
    return True


class Recorder:
    """Counts the calls of a handler; `until` returns as soon as they fulfil a condition."""

    def __init__(self, work: Callable[[str], None] = lambda tag: None) -> None:
        self.tags: list[str] = []
        self._work = work
        self._changed = threading.Condition()

    def __call__(self, tag: str) -> None:
        """Do the work and remember it."""
        with self._changed:
            self.tags.append(tag)
            self._changed.notify_all()
        self._work(tag)

    def until(self, count: int) -> list[str]:
        """Wait for so many calls; answers their tags in the order in which they began."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.tags) >= count, PATIENCE), f"only {self.tags} ran"
            return list(self.tags)


class Timers:
    """Stands for the engine: fires a timer by removing its row, and remembers the order."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.changed = threading.Condition()

    def __call__(self, timers: list[tuple[int, int, str]]) -> None:
        """Remember some firings."""
        with self.changed:
            self.calls += [{"instance_id": instance, "task_id": task, "due_at": due} for instance, task, due in timers]
            self.changed.notify_all()

    def until(self, count: int) -> list[dict[str, Any]]:
        """Wait for so many firings."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.calls) >= count, PATIENCE), f"only {self.calls} fired"
            return list(self.calls)
