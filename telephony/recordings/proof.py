"""Proof of recordings: whether each file is there, and the one that was fetched from the exchange (T15)."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from telephony.recordings.archive import LOST, path_of
from telephony.recordings.models import Recording

MISSING: Final = "文件不在 the file is not there"
CHANGED: Final = "文件已被改动 the file was changed"
A_PAGE: Final = 500


class Looked(NamedTuple):
    """A recording that was looked at; `wrong` is empty for a sound one."""

    name: str
    wrong: str


def look(session: Session, folder: Path) -> Iterator[Looked]:
    """Look at every recording that was fetched, by name. Raises `OSError` for a file that cannot be read."""
    last = ""
    kept = select(Recording.name, Recording.sha256).where(Recording.sha256.not_in(("", LOST))).order_by(Recording.name).limit(A_PAGE)
    while page := session.execute(kept.where(Recording.name > last)).all():
        for row in page:
            yield Looked(row.name, _wrong(path_of(folder, row.name), row.sha256))
        last = page[-1].name


def _wrong(path: Path, digest: str) -> str:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return MISSING
    return "" if found == digest else CHANGED
