"""Writers of one SQLite file take turns, in a process and between processes.

Left to itself SQLite lets whoever finds the file locked sleep, and sleep longer each time, up to a tenth of a second, while
it may be free again at once; and a process that writes one thing after the other keeps all others out. So a writer waits for
its turn before it asks for the file's lock. Who may be next is settled while the present turn lasts: nobody has two turns
while another waits. A turn is no safeguard: without one, SQLite's own waiting and lock decide, as for any stranger.
"""

import fcntl
import os
import threading
import time
from pathlib import Path

WAIT = 30.0
"""Seconds that a writer waits for its turn at most."""
PAUSE = 0.0003
"""Seconds between two looks at what another process holds."""


class _Held:
    """A lock that the processes of a machine share; the system frees it when its holder dies."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def take(self, until: float) -> bool:
        """Take it, waiting until then (`time.monotonic`) at most."""
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() > until:
                    return False
            time.sleep(PAUSE)

    def give(self) -> None:
        """Let another have it."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give it for good."""
        os.close(self._file)


class Turns:
    """The turns of one database as one process sees them."""

    def __init__(self, file: str | None) -> None:
        """`file` is the database; one in memory is this process's alone."""
        self._own = threading.Lock()
        self._path = Path(file) if file and file != ":memory:" else None
        self._shared: tuple[_Held, _Held] | None = None

    def take(self) -> bool:
        """Wait for the turn; whether it came. Then `give` must follow."""
        until = time.monotonic() + WAIT
        if not self._own.acquire(timeout=WAIT):
            return False
        if self._path is None:
            return True
        if self._shared is None:
            self._shared = _Held(Path(f"{self._path}.next")), _Held(Path(f"{self._path}.turn"))
        following, turn = self._shared
        if following.take(until):
            came = turn.take(until)
            following.give()
            if came:
                return True
        self._own.release()
        return False

    def give(self) -> None:
        """It is the next one's turn."""
        if self._shared is not None:
            self._shared[1].give()
        self._own.release()

    def close(self) -> None:
        """Keep no file open, unless somebody has the turn; the next turn opens them again."""
        if not self._own.acquire(blocking=False):
            return
        if self._shared is not None:
            for held in self._shared:
                held.close()
            self._shared = None
        self._own.release()
