import time
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser

from engine.decisions import DecisionError, DecisionTable, read_tables
from engine.decisions.cells import as_expression
from engine.definitions.xml import parse_safely
from engine.expressions import ExpressionError, Expressions
from tests.unit.engine.diagrams import table
from tests.unit.engine.vocabulary import registry


def read(content: bytes) -> DecisionTable:
    (found,) = read_tables(parse_safely(content)).values()
    return found


@pytest.fixture
def expressions() -> Expressions:
    return Expressions(registry())


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", None),
        (" - ", None),
        ('"A"', 'dmninputexpr == ("A")'),
        ("5", "dmninputexpr == (5)"),
        (">= 3", "dmninputexpr >= 3"),
        ('in ("A", "B")', 'dmninputexpr in ("A", "B")'),
        ('not in ("A",)', 'dmninputexpr not in ("A",)'),
        ("is None", "dmninputexpr is None"),
        ("1 <= ? <= 5", "1 <= dmninputexpr <= 5"),
        ('? in ("A?", "B")', 'dmninputexpr in ("A?", "B")'),
        ('"what?"', 'dmninputexpr == ("what?")'),
        ("'it?s' == ?", "'it?s' == dmninputexpr"),
    ],
)
def test_a_cell_is_a_condition_about_the_input(text: str, condition: str | None) -> None:
    assert as_expression(text) == condition


CELLS: list[tuple[str, Any, bool]] = [
    ("", "anything", True),
    ("-", None, True),
    ('"A"', "A", True),
    ('"A"', "B", False),
    ('? in ("A", "B")', "B", True),
    ('? in ("A", "B")', "C", False),
    ('in ("A", "B")', "B", True),
    ('? != "A"', "B", True),
    ('!= "A"', "A", False),
    ("1 <= ? <= 5", 5, True),
    ("1 <= ? <= 5", 6, False),
    ("> 7", 8, True),
    ("> 7", 7, False),
    ("True", True, True),
    ("True", False, False),
    ("None", None, True),
    ("limit", 3, True),
    ("? > limit * 2", 7, True),
    ("? is None", None, True),
    ('len(?) > 2 and ? != "abc"', "abcd", True),
]


@pytest.mark.parametrize(("cell", "value", "hit"), CELLS)
def test_the_first_row_that_matches_decides(expressions: Expressions, cell: str, value: Any, hit: bool) -> None:
    decided = read(table((cell, '"hit"'), ("", '"rest"'))).decide(expressions, {"days": value, "limit": 3})
    assert decided == {"colour": "hit" if hit else "rest"}


@pytest.mark.parametrize(("cell", "value", "hit"), [(cell, value, hit) for cell, value, hit in CELLS if "in (" not in cell[:5]])
def test_the_library_decides_the_same(expressions: Expressions, cell: str, value: Any, hit: bool) -> None:
    data = {"days": value, "limit": 3}

    class Engine:
        """The library's window on our expressions, as `engine.spiff.scripting` opens it."""

        def validate(self, text: str) -> None:
            compile(text.strip(), "<cell>", "eval")

        def evaluate(self, task: Any, text: str, external_context: dict[str, Any] | None = None) -> Any:
            return expressions.evaluate(text, data, None, external_context)

    parser = SpiffBpmnParser()
    parser.add_dmn_xml(etree.fromstring(table((cell, '"hit"'), ("", '"rest"'))))
    library = parser.get_engine("colour", None)
    task = SimpleNamespace(data=data, workflow=SimpleNamespace(script_engine=Engine()))
    assert dict(library.result(task)) == {"colour": "hit" if hit else "rest"}


def test_outputs_may_be_computed_and_an_empty_one_is_the_empty_text(expressions: Expressions) -> None:
    assert read(table(("", "days * 2 + 1"))).decide(expressions, {"days": 3}) == {"colour": 7}
    assert read(table(("", ""))).decide(expressions, {"days": 3}) == {"colour": ""}
    assert read(table(("", '["a", "b"]'))).decide(expressions, {"days": 3}) == {"colour": ["a", "b"]}


def test_a_list_in_a_cell_is_each_decisions_own(expressions: Expressions) -> None:
    lists = read(table(("", '["a"]')))
    lists.decide(expressions, {"days": 1})["colour"].append("b")
    assert lists.decide(expressions, {"days": 1}) == {"colour": ["a"]}


def test_collect_gives_the_list_of_all_that_match(expressions: Expressions) -> None:
    collected = read(table(("> 1", '"a"'), ("> 5", '"b"'), ("> 9", '"c"'), policy='hitPolicy="COLLECT"'))
    assert collected.decide(expressions, {"days": 7}) == {"colour": ["a", "b"]}
    assert collected.decide(expressions, {"days": 0}) == {"colour": []}


def test_an_input_may_be_an_expression(expressions: Expressions) -> None:
    assert read(table(("> 4", '"many"'), ("", '"few"'), source="len(days)")).decide(expressions, {"days": "abcde"}) == {"colour": "many"}


def test_no_row_that_matches_is_an_error_that_names_the_table_and_the_facts(expressions: Expressions) -> None:
    with pytest.raises(DecisionError, match=r"colour.*'days': 9"):
        read(table(("1", '"a"'))).decide(expressions, {"days": 9})


def test_a_missing_fact_is_an_error(expressions: Expressions) -> None:
    with pytest.raises(ExpressionError, match="days"):
        read(table(("1", '"a"'), ("", '"b"'))).decide(expressions, {})


def test_a_hostile_cell_does_not_run(expressions: Expressions) -> None:
    for cell in ('? == __import__("os").name', "[x for x in (1,)]", "9 ** 9 ** 9"):
        with pytest.raises(ExpressionError):
            read(table((cell, "1"), ("", "2"))).decide(expressions, {"days": 1})


def test_every_version_of_dmn_is_read(expressions: Expressions) -> None:
    old = table(("", '"x"')).replace(b"https://www.omg.org/spec/DMN/20191111/MODEL/", b"http://www.omg.org/spec/DMN/20180521/MODEL/")
    assert read(old).decide(expressions, {"days": 1}) == {"colour": "x"}


def test_ten_thousand_lights_take_well_under_a_second(expressions: Expressions) -> None:
    lights = read(table(("> 7", '"red"'), ("> 5", '"yellow"'), ("> 3", '"none"'), ("", '"green"')))
    began = time.perf_counter()
    for number in range(10_000):
        lights.decide(expressions, {"days": number % 10})
    assert time.perf_counter() - began < 1
