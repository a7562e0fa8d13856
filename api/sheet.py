"""What the background process of `bihuan serve` tells the one that answers: its figures, in memory that they share from before the
fork. It has two halves, so that what is being written is never what is being read.
"""

import mmap

import structlog

HALF = 256 * 1024
"""Bytes; a process has some ten thousand to tell."""
SHEET = "bihuan.sheet"
"""Where an app finds the sheet of the process beside it, among its extensions."""
_SIZE = 4

log = structlog.get_logger("api.sheet")


class Sheet:
    """One text, replaced now and then by one process and read by others; made before they part."""

    def __init__(self) -> None:
        # anonymous and shared: it ends with the last of the processes
        self._memory = mmap.mmap(-1, 1 + 2 * HALF)

    def write(self, text: bytes) -> None:
        """Replace what was told; a text that has no room is left out, and the log says so."""
        if len(text) > HALF - _SIZE:
            log.warning("too much to tell", bytes=len(text))
            return
        other = 1 - self._memory[0]
        start = 1 + other * HALF
        self._memory[start : start + _SIZE + len(text)] = len(text).to_bytes(_SIZE) + text
        self._memory[0] = other

    def read(self) -> bytes:
        """What was told last; empty before anything was."""
        start = 1 + self._memory[0] * HALF
        size = int.from_bytes(self._memory[start : start + _SIZE])
        return bytes(self._memory[start + _SIZE : start + _SIZE + size])
