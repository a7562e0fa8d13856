"""Writers of one SQLite file take turns, in a process and between processes.

Left to itself SQLite lets whoever finds the file locked sleep, and sleep longer each time, up to a tenth of a second, while
it may be free again at once; and a process that writes one thing after the other keeps all others out. So a writer waits for
its turn before it asks for the file's lock. Who may be next is settled while the present turn lasts: nobody has two turns
while another waits. A turn is no safeguard: without one, SQLite's own waiting and lock decide, as for any stranger.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path

from engine.filelock import FileLock

WAIT = 30.0
"""Seconds that a writer waits for its turn at most."""
PAUSE = 0.0003
"""Seconds between two looks at what another process holds: `flock` itself waits without an end."""


class Turns:
    """The turns of one database as one process sees them."""

    def __init__(self, file: str | None) -> None:
        """`file` is the database; one in memory is this process's alone."""
        self._own = threading.Lock()
        shared = bool(file) and file != ":memory:"
        self._locks = (FileLock(Path(f"{file}.next")), FileLock(Path(f"{file}.turn"))) if shared else None

    def take(self) -> bool:
        """Wait for the turn; whether it came. Then `give` must follow."""
        until = time.monotonic() + WAIT
        if not self._own.acquire(timeout=WAIT):
            return False
        if self._locks is None:
            return True
        following, turn = self._locks
        came = False
        with suppress(OSError):  # no room for the file, say: whether there is room to write is for SQLite to tell
            came = _waited(following, until) and _waited(turn, until)
        following.release()
        if not came:
            self._own.release()
        return came

    def give(self) -> None:
        """It is the next one's turn."""
        if self._locks is not None:
            self._locks[1].release()
        self._own.release()


def _waited(lock: FileLock, until: float) -> bool:
    while not lock.acquire():
        if time.monotonic() > until:
            return False
        time.sleep(PAUSE)
    return True
