"""The built islands: which scripts and styles a page needs, read from Vite's manifest."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Assets:
    """The files of one island, relative to the static folder."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...]


class Manifest:
    """Vite's manifest, read again whenever a build has replaced it."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._path = folder / "manifest.json"
        self._read_at = 0
        self._entries: dict[str, Any] = {}

    def island(self, name: str) -> Assets | None:
        """The files of the island `name`, or None while nothing is built (`make setup` builds)."""
        self._refresh()
        entry = self._entries.get(f"src/{name}.ts")
        if entry is None:
            return None
        chunks = self._with_imports(entry)
        styles = dict.fromkeys(style for chunk in chunks for style in chunk.get("css", ()))
        return Assets(entry["file"], tuple(styles), tuple(chunk["file"] for chunk in chunks[1:]))

    def _with_imports(self, entry: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [entry]
        for chunk in found:
            found += [imported for key in chunk.get("imports", ()) if (imported := self._entries[key]) not in found]
        return found

    def _refresh(self) -> None:
        try:
            changed_at = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            self._entries, self._read_at = {}, 0
            return
        if changed_at != self._read_at:
            self._entries, self._read_at = orjson.loads(self._path.read_bytes()), changed_at
