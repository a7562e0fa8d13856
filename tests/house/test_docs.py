"""What the documents promise is there, and what is there they tell."""

import ast
import re

import pytest

from tests.fixtures.host import ROOT
from tests.house.tree import texts

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
STATES = {"done", "part", "later"}
_ROW = re.compile(r"^\| ([ECTHGA]\d{2}) \|(.+)\|(.+)\|(.*)\|$", re.MULTILINE)


def _requirements() -> list[tuple[str, str, str, list[str]]]:
    """(id, state, what is missing, tests) of every row of docs/requirements.md."""
    text = (ROOT / "docs/requirements.md").read_text(encoding="utf-8")
    rows = [(number, *state.strip().partition(": missing "), tests) for number, _, state, tests in _ROW.findall(text)]
    return [(number, state, missing, re.findall(r"`([^`]+)`", tests)) for number, state, _, missing, tests in rows]


def _tests() -> set[str]:
    """`tests/unit/x/test_y.py::test_z` of every test there is."""
    found = set()
    for path, text in texts(".py").items():
        if path.parts[0] == "tests" and path.name.startswith("test_"):
            found.add(path.as_posix())
            names = (node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef))
            found |= {f"{path.as_posix()}::{name}" for name in names if name.startswith("test_")}
    return found


def test_every_setting_is_in_the_readme() -> None:
    settings = (ROOT / "engine/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'"(BIHUAN_[A-Z_]+|PORT)"', settings))
    documented = set(re.findall(r"`(BIHUAN_[A-Z_]+|PORT)`", README))
    assert read == documented


@pytest.mark.parametrize("target", ["help", "setup", "run", "test", "lint", "bench", "clean", "asterisk"])
def test_make_knows_what_the_contract_names(target: str) -> None:
    assert re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE)


def test_every_decision_record_is_in_the_index() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    records = {path.name for path in (ROOT / "docs/adr").glob("[0-9]*.md")}
    assert set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", index)) == records


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for path, text in texts(".md").items():
        for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text):
            if not ((ROOT / path).parent / target).exists():
                broken.append(f"{path}: {target}")
    assert not broken


def test_requirements_are_told_once_with_a_state() -> None:
    rows = _requirements()
    numbers = [number for number, *_ in rows]
    assert len(numbers) == len(set(numbers)) == 164
    assert {state for _, state, _, _ in rows} <= STATES
    assert [number for number, state, missing, _ in rows if bool(missing) != (state == "part")] == []


def test_a_requirement_that_is_done_names_tests_that_exist() -> None:
    rows = _requirements()
    assert [number for number, state, _, tests in rows if state == "done" and not tests] == []
    there = _tests()
    assert [f"{number}: {test}" for number, _, _, tests in rows for test in tests if test not in there] == []
