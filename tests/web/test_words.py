"""Every word on the pages exists in both languages."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from lxml import etree

from api.web.i18n import missing, one_language, translate
from tests.fixtures.host import ROOT

WEB = ROOT / "api" / "web"
CJK = re.compile("[㐀-鿿]")
WRITTEN = re.compile("[　-鿿！-￯]")
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
UNNAMED = {"sequenceFlow", "participant", "lane", "message", "collaboration", "error", "escalation"}
SEPARATORS = {"、"}


def _templates() -> Iterator[tuple[str, nodes.Template]]:
    environment = Environment(autoescape=True)
    for path in sorted((WEB / "templates").rglob("*.html")):
        yield path.relative_to(WEB).as_posix(), environment.parse(path.read_text(encoding="utf-8"))


def _messages_of_templates() -> set[str]:
    constants = (node.value for _name, tree in _templates() for node in tree.find_all(nodes.Const))
    return {value for value in constants if isinstance(value, str) and CJK.search(value)}


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(WEB.rglob("*.py")):
        yield path.relative_to(WEB).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _marked(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
            argument = node.args[0]
            assert isinstance(argument, ast.Constant)
            assert isinstance(argument.value, str)
            yield argument.value


def _constants(tree: ast.Module) -> Iterator[str]:
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def test_no_message_of_the_pages_is_missing_in_english() -> None:
    wanted = _messages_of_templates() | {message for _name, tree in _modules() for message in _marked(tree)}
    assert len(wanted) > 300
    assert not sorted(message for message in wanted if missing(message))


def test_templates_write_nothing_that_is_not_translated() -> None:
    written = [
        f"{name}:{data.lineno}: {data.data.strip()}"
        for name, tree in _templates()
        for data in tree.find_all(nodes.TemplateData)
        if WRITTEN.search(data.data)
    ]
    assert not written


def test_the_code_marks_every_message_it_keeps() -> None:
    own_names = {"中文"}
    loose = {
        f"{name}: {text}"
        for name, tree in _modules()
        for text in set(_constants(tree)) - set(_marked(tree)) - SEPARATORS - own_names
        if CJK.search(text)
    }
    assert not sorted(line for line in loose if not line.startswith("i18n/catalogue.py"))


def test_every_name_on_the_diagrams_has_an_english_one() -> None:
    names = set()
    for path in (ROOT / "bpmn-models").rglob("*.bpmn"):
        for element in etree.parse(path).getroot().iter(f"{BPMN}*"):
            name = (element.get("name") or "").strip()
            if name and etree.QName(element).localname not in UNNAMED:
                names.add(name)
    assert names
    assert not sorted(name for name in names if CJK.search(one_language(name, "en")))


def test_no_message_stands_in_two_catalogues() -> None:
    keys = [key for path in (WEB / "i18n" / "en").glob("*.json") for key in json.loads(path.read_text(encoding="utf-8"))]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


@pytest.mark.parametrize(
    ("message", "language", "half"),
    [
        ("没有这个任务。 There is no such task.", "zh-CN", "没有这个任务。"),
        ("没有这个任务。 There is no such task.", "en", "There is no such task."),
        ("回访规则 Visit", "en", "Visit"),
        ("办理期限延长至 2026-03-05 Deadline extended", "zh-CN", "办理期限延长至 2026-03-05"),
        ("签收", "en", "Claim"),
        ("TS20260302ABCDEFGH", "en", "TS20260302ABCDEFGH"),
    ],
)
def test_a_message_in_both_languages_is_cut_for_its_reader(message: str, language: str, half: str) -> None:
    assert one_language(message, language) == half


def test_a_message_is_filled_in_after_it_was_translated() -> None:
    assert translate("共 {n} 件", "en", n=3) == "3 tasks"
    assert translate("共 {n} 件", "zh-CN", n=3) == "共 3 件"


def test_the_catalogues_keep_every_placeholder() -> None:
    holes = re.compile(r"\{\w+\}")
    for path in sorted(Path(WEB / "i18n" / "en").glob("*.json")):
        for key, text in json.loads(path.read_text(encoding="utf-8")).items():
            assert sorted(holes.findall(key)) == sorted(holes.findall(text)), key
