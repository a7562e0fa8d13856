"""The shipped diagrams as cases, and answers to their forms."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

import orjson
from lxml import etree

from engine.definitions.bundles import BundleSources
from tests.fixtures.host import ROOT

MODELS = ROOT / "bpmn-models"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
WORDS = ("accept", "return", "done", "dispatch", "approve", "reject", "refuse", "redo", "explain", "pass", "new", "link")

ORDINARY = 0.6
"""How often the first choice is taken, which leads on; the others lead back and aside."""


@cache
def keys() -> tuple[str, ...]:
    """The keys of all shipped processes."""
    return tuple(sorted(process for content in _files("bpmn") for process in _processes(content)))


def sources(key: str) -> BundleSources:
    """Everything that ships, with one process as the one that runs."""
    return bundle(key, _files("bpmn"), _files("dmn"), forms())


def bundle(key: str, bpmn: tuple[bytes, ...], dmn: tuple[bytes, ...] = (), schemas: Mapping[str, Any] | None = None) -> BundleSources:
    """A bundle made of files, every process in its first version."""
    versions = {process: 1 for content in bpmn for process in _processes(content)}
    return BundleSources(1, b64encode(key.encode()).decode(), key, versions, bpmn, dmn, schemas or {}, ())


@cache
def forms() -> dict[str, Any]:
    """The shipped forms by id."""
    parsed = [orjson.loads(path.read_bytes()) for path in sorted(MODELS.rglob("forms/*.json"))]
    return {form["id"]: form for form in parsed}


def answers(element: str, random: Random) -> dict[str, Any]:
    """Random answers to any form with a task of this name, under the element's id."""
    given = {}
    for form in forms().values():
        if form["id"].endswith(f"-{element}"):
            for component in form["components"]:
                if "key" in component:
                    given[component["key"]] = _answer(component, random)
    return {element: given}


def _answer(component: Mapping[str, Any], random: Random) -> Any:
    values = [value["value"] for value in component.get("values", [])] or list(WORDS)
    match component["type"]:
        case "checkbox":
            return random.random() < 0.5
        case "number":
            return random.randrange(1, 6)
        case "checklist" | "taglist":
            return random.sample(values, random.randrange(min(3, len(values)) + 1))
        case "radio" | "select":
            return values[0] if random.random() < ORDINARY else random.choice(values)
        case _:
            return random.choice([None, "文字"])


@cache
def _files(suffix: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(MODELS.rglob(f"*.{suffix}")))


def _processes(content: bytes) -> list[str]:
    return [process.get("id", "") for process in etree.fromstring(content).iter(f"{BPMN}process")]
