"""The process in which the library runs as it came, one for all tests of a worker."""

import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import asdict
from subprocess import PIPE, Popen
from typing import Any

import orjson
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from api.vocabulary import fill
from engine import settings
from engine.registry import Registry
from engine.spiff import workflow
from tests.differential.walks import STEPS, Act, Case, Outcome
from tests.fixtures.host import ROOT

Repeat = Callable[[Case, list[Act]], list[Outcome]]


@pytest.fixture(scope="session")
def library() -> Iterator[Repeat]:
    """Repeats a walk with the library as it came."""
    command = [sys.executable, "-m", "tests.differential.reference"]
    with Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        talk = process.stdin, process.stdout

        def repeat(case: Case, acts: list[Act]) -> list[Outcome]:
            sources = asdict(case.sources)
            for kind in ("bpmn", "dmn"):
                sources[kind] = [b64encode(content).decode() for content in sources[kind]]
            told = {name: getattr(case, name) for name in ("seed", "functions", "operations", "variables")}
            talk[0].write(orjson.dumps({**told, "sources": sources, "acts": acts}) + b"\n")
            talk[0].flush()
            return [Outcome(**outcome) for outcome in orjson.loads(talk[1].readline())]

        yield repeat
        process.stdin.close()


@pytest.fixture(scope="session")
def vocabulary() -> dict[str, Any]:
    """The functions and operations that the shipped diagrams may call."""
    registry = Registry()
    fill(registry, sessionmaker(create_engine("sqlite://")), settings.load())
    return {
        "functions": {name: list(function.arity) for name, function in registry.functions.items()},
        "operations": list(registry.operations),
    }


@pytest.fixture(autouse=True)
def short_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless loop is told after as many steps as in the reference."""
    monkeypatch.setattr(workflow, "STEP_BUDGET", STEPS)
