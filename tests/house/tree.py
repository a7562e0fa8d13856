"""The project's own files, as the rules of the house look at them."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.fixtures.host import ROOT

_NOT_OURS = {".git", ".venv", "var", "node_modules", "__pycache__", "static", "build"}
_BINARY = {".png", ".jpg", ".ico", ".woff2", ".db", ".wav"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or would be committed, relative to the root; without git, every file that nothing generates."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        command = [git, "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        return tuple(sorted(Path(name) for name in set(names) if name and (ROOT / name).is_file()))
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if not _NOT_OURS & set(path.parts)))


def texts(*suffixes: str) -> dict[Path, str]:
    """The text of every file with one of these suffixes, of every text file when none is named."""
    wanted = [path for path in files() if (path.suffix in suffixes if suffixes else path.suffix not in _BINARY)]
    return {path: (ROOT / path).read_text(encoding="utf-8") for path in wanted}
