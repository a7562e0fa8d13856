"""A lock that the processes of a machine share: `flock` on a file of its own."""

import fcntl
import os
from pathlib import Path


class FileLock:
    """It belongs to the open file, so the system frees it when its holder dies, `kill -9` included."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Try to take it, making the file if needed; answers at once."""
        file = os.open(self._path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def held(self) -> bool:
        """Whether we have it; nobody can take it away."""
        return self._file is not None

    def release(self) -> None:
        """Let another have it; the file stays, since removing it would let two processes lock two files of one name."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
