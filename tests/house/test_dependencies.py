"""What is imported is declared, what is declared is imported, and our names are ours alone."""

import ast
import sys
from collections.abc import Mapping
from configparser import ConfigParser
from functools import cache
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.fixtures.host import PACKAGES, ROOT
from tests.house.tree import texts

BY_NAME_ONLY = {
    "psycopg": "SQLAlchemy loads it for a postgresql URL",
    "tzdata": "zoneinfo reads it where the machine has no time zones",
}


def _setup() -> ConfigParser:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup


def _requirements(text: str) -> dict[str, Requirement]:
    lines = (line.strip() for line in text.splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def _imports(text: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {*sys.stdlib_module_names, *PACKAGES, "tests"}
    return {name for name in names if name.partition(".")[0] not in ours}


def _owners(name: str, owners: Mapping[str, list[str]]) -> list[str]:
    """The distributions that an imported name comes from; of several that share a package, the one that holds this module."""
    found = owners.get(name.partition(".")[0], [name.partition(".")[0]])
    parts = name.split(".")
    while len(found) > 1 and parts:
        holding = [owner for owner in found if _holds(owner, "/".join(parts))]
        if holding:
            return holding
        parts.pop()
    return found


@cache
def _holds(owner: str, module: str) -> bool:
    files = {file.as_posix() for file in distribution(owner).files or ()}
    return f"{module}.py" in files or f"{module}/__init__.py" in files


def _imported(top: set[str]) -> dict[str, set[Path]]:
    """Distribution name → the files that import it."""
    owners = packages_distributions()
    found: dict[str, set[Path]] = {}
    for path, text in texts(".py").items():
        if path.parts[0] in top:
            for name in _imports(text):
                for owner in _owners(name, owners):
                    found.setdefault(canonicalize_name(owner), set()).add(path)
    return found


def test_the_product_declares_what_it_imports() -> None:
    declared = _requirements(_setup()["options"]["install_requires"])
    assert {name: paths for name, paths in _imported(set(PACKAGES)).items() if name not in declared} == {}


def test_the_product_imports_what_it_declares() -> None:
    declared = set(_requirements(_setup()["options"]["install_requires"]))
    assert declared - set(_imported(set(PACKAGES))) - set(BY_NAME_ONLY) == set()


def test_the_tests_declare_what_they_import() -> None:
    setup = _setup()
    declared = {**_requirements(setup["options"]["install_requires"]), **_requirements(setup["options.extras_require"]["test"])}
    drawn_in_by_pytest = {"packaging", "pluggy"}
    assert {name: paths for name, paths in _imported({"tests"}).items() if name not in {*declared, *drawn_in_by_pytest}} == {}


def test_every_pin_is_exact_and_the_same_in_both_files() -> None:
    setup = _setup()
    extras = setup["options.extras_require"]
    pins = _requirements("\n".join([setup["options"]["install_requires"], *(extras[name] for name in extras)]))
    constraints = _requirements((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    assert {name: str(pin.specifier) for name, pin in pins.items()} == {name: str(constraints[name].specifier) for name in pins}
    assert all(str(pin.specifier).startswith("==") for pin in constraints.values())


def test_our_top_level_names_are_ours_alone() -> None:
    owners = packages_distributions()
    assert {name: set(owners[name]) for name in PACKAGES} == {name: {"bihuan"} for name in PACKAGES}
    assert "tests" not in owners


def test_the_command_is_installed() -> None:
    (command,) = (entry for entry in distribution("bihuan").entry_points if entry.group == "console_scripts")
    assert (command.name, command.value) == ("bihuan", "api.cli:main")
