"""Every form that ships with the product can be used as it stands."""

import json
from pathlib import Path

import pytest

from forms.check import check_text
from forms.conditions import condition
from forms.schema import parse
from tests.fixtures.host import ROOT

FORMS = sorted((ROOT / "bpmn-models").glob("*/forms/*.json"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_shipped_form_has_no_findings(path: Path) -> None:
    assert check_text(path.read_bytes()) == []


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_the_page_can_follow_every_condition_of_a_shipped_form(path: Path) -> None:
    form = parse(json.loads(path.read_text(encoding="utf-8")))
    assert [component.key for component in form.components if component.hide_if and condition(component.hide_if) is None] == []
