"""The rules of the house that no linter knows (`style.md`, `platform.md`)."""

import re
from pathlib import Path
from statistics import median

import pytest

from tests.fixtures.host import PACKAGES
from tests.house.tree import files, texts

VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
TOP = {*PACKAGES, "tests", "bpmn-models", "docs", "deploy", ".ci"}
# Written in two halves, so that this file does not name them.
REGISTRIES = (
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "npmmirror" + ".com",
    "deb.debian" + ".org",
    "--extra-" + "index-url",
)
MACHINE_PATH = re.compile(r"(?<![\w.$/:-])/(?:home|root|Users|work|tmp)/\w+")
SECRETS = re.compile(r"whsec_[A-Za-z0-9+/]{24,}|-----BEGIN [A-Z ]*PRIVATE KEY|ghp_\w{36}|AKIA[0-9A-Z]{16}|xox[bp]-\w+")
GENERATED = ("api/migrations/versions",)


def _lines(*suffixes: str) -> dict[Path, int]:
    return {path: text.count("\n") for path, text in texts(*suffixes).items() if not path.as_posix().startswith(GENERATED)}


def test_no_room_grows_too_large() -> None:
    lines = _lines(".py", ".ts", ".html", ".css")
    assert not {str(path): count for path, count in lines.items() if count > (800 if path.parts[0] == "tests" else 400)}


def test_the_median_file_can_be_read_at_a_sitting() -> None:
    assert median(lines for path, lines in _lines(".py", ".ts").items() if lines) <= 100


def test_every_file_says_what_it_is_for() -> None:
    assert not [str(path) for path in files() if path.suffix in {".py", ".ts"} and VAGUE & set(path.with_suffix("").parts)]


def test_the_top_folders_are_the_owners() -> None:
    assert {path.parts[0] for path in files() if len(path.parts) > 1} <= TOP


def test_no_registry_is_named() -> None:
    assert not [f"{path}: {host}" for path, text in texts().items() for host in REGISTRIES if host in text]


@pytest.mark.parametrize(("what", "pattern"), [("a path of one machine", MACHINE_PATH), ("a secret", SECRETS)])
def test_nothing_of_one_machine_or_person_is_in_the_tree(what: str, pattern: re.Pattern[str]) -> None:
    found = [f"{path}: {match[0]}" for path, text in texts().items() for match in pattern.finditer(text) if path.suffix != ".md"]
    assert not found, what


def test_lock_files_name_no_download_address() -> None:
    assert not [str(path) for path, text in texts(".json").items() if path.name == "package-lock.json" and '"resolved"' in text]


def test_no_test_sleeps() -> None:
    sleep = re.compile(r"\btime\.sleep\(|\bwait_for_timeout\(")
    assert not [str(path) for path, text in texts(".py").items() if path.parts[0] == "tests" and sleep.search(text)]


def test_pages_have_no_inline_script_or_style() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|<style\b|\sstyle=\"|\son[a-z]+=\"", re.IGNORECASE)
    found = [f"{path}: {match[0]}" for path, text in texts(".html").items() for match in inline.finditer(text)]
    assert not found
