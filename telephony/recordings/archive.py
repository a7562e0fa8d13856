"""Recordings come off the exchange as soon as they are there: to a folder, with a digest that a later listener can be sure of (T15).

What cannot be fetched or written now (a full disk, say) stays on the exchange and is tried again; the call knows nothing of it.
"""

import hashlib
import os
import struct
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import Engine as Database
from sqlalchemy import bindparam, func, select, update

from engine import chance
from engine.db import tables, transaction
from engine.prepared import Prepared
from telephony.ari import Ari
from telephony.ari.errors import AriError, Gone, Unreachable
from telephony.recordings.models import Recording

RATE: Final = 8000
"""Samples a second."""
HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
PCM: Final = 1
MANY: Final = 50
LOST: Final = "-"
"""Stands for the digest of a recording that the exchange does not have any more."""
(RECORDING,) = tables(Recording)
_NOTE: Final = Prepared(
    update(RECORDING)
    .where(RECORDING.c.name == bindparam("recording"))
    .values({name: bindparam(name, type_=RECORDING.c[name].type) for name in ("sha256", "bytes")})
)
_LOSE: Final = Prepared(update(RECORDING).where(RECORDING.c.name == bindparam("recording"), RECORDING.c.sha256 == "").values(sha256=LOST))
_DIGEST: Final = Prepared(select(RECORDING.c.sha256).where(RECORDING.c.name == bindparam("recording")))
log = structlog.get_logger("telephony.archive")


def path_of(folder: Path, name: str) -> Path:
    """Where a recording lies: a call's id begins with `c`, and the two characters after it name the folder."""
    return folder / name[1:3] / f"{name}.wav"


class Archive:
    """Moves the recordings of one exchange into a folder, as WAV that every browser plays."""

    def __init__(self, ari: Ari, database: Database, node: str, folder: Path) -> None:
        self._ari, self._database, self._node, self._folder = ari, database, node, folder
        self._reading = database.execution_options(read_only=True)
        self._part = f".{chance.identifier().hex}.part"  # another worker of this exchange may write the same recording

    def keep_all(self) -> None:
        """Keep what is still on the exchange. Raises `Unreachable`."""
        missing = select(Recording.name).where(Recording.node == self._node, Recording.sha256 == "")
        with transaction(self._reading) as session:
            # by chance: one that cannot be read does not keep the others there
            names = list(session.scalars(missing.order_by(func.random()).limit(MANY)))
        for name in names:
            self.keep(name)

    def keep(self, name: str) -> None:
        """Keep one; nothing if that is done, or it cannot be had or written now. Raises `Unreachable`."""
        if not self._is_missing(name):
            return
        try:
            content = wav(self._ari.recordings.file(name))
            self._write(path_of(self._folder, name), content)
        except Gone:
            self._lose(name)
            return
        except (AriError, OSError) as failure:
            log.warning("a recording stays on the exchange for now", recording=name, error=type(failure).__name__)
            if isinstance(failure, Unreachable):
                raise
            return
        self._note(name, hashlib.sha256(content).hexdigest(), len(content))
        try:
            self._ari.recordings.delete(name)
        except AriError as failure:
            log.info("a recording stays on the exchange, too", recording=name, error=failure.code)

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(self._part)
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)  # half a recording on a full disk
        folder = os.open(path.parent, os.O_RDONLY)  # the exchange's own copy goes next: the new name must outlive a power cut
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _is_missing(self, name: str) -> bool:
        with transaction(self._reading) as session:
            return bool(_DIGEST.scalar(session.connection(), {"recording": name}) == "")

    def _lose(self, name: str) -> None:
        """The exchange has it no more; nothing if that is because it was kept meanwhile: it is noted before it is deleted there."""
        with transaction(self._database) as session:
            lost = _LOSE.run(session.connection(), {"recording": name}) == 1
        if lost:
            log.error("a recording is lost", recording=name)

    def _note(self, name: str, digest: str, size: int) -> None:
        with transaction(self._database) as session:
            _NOTE.run(session.connection(), {"recording": name, "sha256": digest, "bytes": size})


def wav(alaw: bytes) -> bytes:
    """A-law, as the exchange records it, as 16-bit WAV."""
    data = bytearray(2 * len(alaw))
    data[0::2], data[1::2] = alaw.translate(_LOW), alaw.translate(_HIGH)
    head = HEADER.pack(b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, PCM, 1, RATE, 2 * RATE, 2, 16, b"data", len(data))
    return head + bytes(data)


def _linear(code: int) -> int:
    """One sample of A-law (ITU-T G.711)."""
    code ^= 0x55
    exponent, mantissa = (code & 0x70) >> 4, code & 0x0F
    value = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << (exponent - 1)
    return value if code & 0x80 else -value


_LOW: Final = bytes(_linear(code) & 0xFF for code in range(256))
_HIGH: Final = bytes(_linear(code) >> 8 & 0xFF for code in range(256))
