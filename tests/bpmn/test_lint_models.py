"""The shipped diagrams, tables and forms, held to the linter with the whole vocabulary of the product."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from api.preparation import files_at
from api.vocabulary import catalogue_of, fill
from engine import settings
from engine.definitions.files import read
from engine.definitions.parts import parts
from engine.lint import Catalogue, run
from engine.registry import Registry
from tests.fixtures.host import ROOT

MODELS = Path(ROOT) / "bpmn-models"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    registry = Registry()
    fill(registry, sessionmaker(create_engine("sqlite://")), settings.load())
    return catalogue_of(registry)


def test_the_shipped_models_have_no_findings(catalogue: Catalogue) -> None:
    assert [str(finding) for finding in run(files_at([MODELS]), catalogue)] == []


def test_every_part_that_is_shipped_is_used_by_a_process_or_asked_for_by_name() -> None:
    found = [part for file in files_at([MODELS]) for part in parts(read(file))]
    used = {key for part in found for kind in ("processes", "decisions", "forms") for key in part.uses.get(kind, [])}
    forms = {part.key for part in found if part.kind == "form"}
    assert forms - used == set()


@pytest.mark.parametrize("damage", ["userTask", "exclusiveGateway", "sequenceFlow", "endEvent", "serviceTask", "messageEventDefinition"])
def test_a_shipped_diagram_that_loses_an_element_is_refused(catalogue: Catalogue, damage: str) -> None:
    files = files_at([MODELS])
    broken = []
    for file in files:
        if file.name.endswith("complaint.bpmn"):
            content = file.content.decode().replace(f"<bpmn:{damage} ", "<bpmn:textAnnotation ", 1)
            tail = content.replace(f"</bpmn:{damage}>", "</bpmn:textAnnotation>", 1)
            broken.append(type(file)(file.name, tail.encode()))
        else:
            broken.append(file)
    assert any(finding.is_error for finding in run(broken, catalogue))
