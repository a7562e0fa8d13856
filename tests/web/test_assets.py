"""The built islands."""

import gzip
import json
from pathlib import Path

from api.web.assets import STATIC, Manifest
from tests.fixtures.host import absent

INBOX_BYTES = 15 * 1024
"""What the inbox may cost a telephone, compressed (`web.md`)."""


def _built() -> Manifest:
    if not (STATIC / "manifest.json").exists():
        absent("the web bundle", "make setup")
    return Manifest()


def test_the_inbox_loads_little() -> None:
    manifest = _built()
    files = set()
    for name in ("base", "inbox"):
        island = manifest.island(name)
        assert island is not None
        files |= {island.script, *island.preloads}
    weight = sum(len(gzip.compress((STATIC / file).read_bytes())) for file in files)
    assert weight <= INBOX_BYTES


def test_an_island_brings_the_styles_of_what_it_imports(tmp_path: Path) -> None:
    entries = {
        "src/replay.ts": {"file": "replay.js", "imports": ["_stage.js"], "css": ["replay.css"]},
        "_stage.js": {"file": "stage.js", "css": ["stage.css"], "imports": ["_stage.js"]},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(entries), encoding="utf-8")
    island = Manifest(tmp_path).island("replay")
    assert island is not None
    assert (island.script, island.styles, island.preloads) == ("replay.js", ("replay.css", "stage.css"), ("stage.js",))


def test_a_new_build_is_seen_without_a_restart(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path)
    assert manifest.island("base") is None
    (tmp_path / "manifest.json").write_text('{"src/base.ts": {"file": "base-1.js"}}', encoding="utf-8")
    island = manifest.island("base")
    assert island is not None
    assert island.script == "base-1.js"
