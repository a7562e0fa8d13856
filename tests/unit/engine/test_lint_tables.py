import pytest

from engine.definitions.files import SourceFile
from engine.lint import Finding, run
from tests.unit.engine.diagrams import table
from tests.unit.engine.vocabulary import catalogue

REST = ("", '"rest"')


def lint(content: bytes) -> list[Finding]:
    return run([SourceFile("t.dmn", content)], catalogue())


@pytest.mark.parametrize(
    "cell", ["", "-", '"A"', '? in ("A", "B")', '? != "A"', "1 <= ? <= 5", "True", "> 7", "is None", '"not(yet)"', '"[1..5]"']
)
def test_python_cells_are_sound(cell: str) -> None:
    assert [str(finding) for finding in lint(table((cell, '"x"'), REST) if cell not in ("", "-") else table((cell, '"x"')))] == []


@pytest.mark.parametrize(
    "cell",
    ['"A","B"', '"A", "B"', "1, 2", 'not("A")', "[1..5]", "(1..5]", "]1..5[", "true", "false", "null", 'date("2027-01-01")', "= 5"],
)
def test_feel_cells_are_refused_since_they_never_match(cell: str) -> None:
    findings = lint(table((cell, '"x"'), REST))
    assert [(finding.rule, finding.element_id, finding.severity) for finding in findings] == [("feel-cell", "i1", "error")]


@pytest.mark.parametrize("cell", ["true", "null", 'date("2027-01-01")'])
def test_feel_answers_are_refused(cell: str) -> None:
    assert [(finding.rule, finding.element_id) for finding in lint(table(("", cell)))] == [("feel-cell", "o1")]


@pytest.mark.parametrize(
    ("rule", "element_id", "content"),
    [
        ("expression", "i1", table(('? == __import__("os").name', "1"), REST)),
        ("expression", "i1", table(("> nowhere()", "1"), REST)),
        ("expression", "o1", table(("", "nowhere(1)"))),
        ("expression", "in1", table(REST, source="a.b")),
        ("decision-input", "in1", table(REST, source="")),
        ("reserved-name", "out1", table(REST, output="due_at")),
        ("bad-name", "out1", table(REST, output="a.b")),
        ("bad-name", "out1", table(REST, output="")),
        ("decision-output", "colour", table(REST, extra='<output id="out2" name="colour"/>')),
        ("hit-policy", "dt", table(REST, policy='hitPolicy="PRIORITY"')),
        ("hit-policy", "dt", table(REST, policy='hitPolicy="COLLECT" aggregation="SUM"')),
        ("decision-extra", "colour", table(REST, extra="<description>why</description>")),
        ("decision-extra", "colour", table(REST, extra='<annotation name="n"/>')),
        ("decision-cells", "r1", table(REST).replace(b'<inputEntry id="i1"><text></text></inputEntry>', b"")),
        ("no-catch-all", "r1", table(('"A"', "1"))),
        ("no-catch-all", "colour", table()),
        ("one-decision", None, table(REST).replace(b"</definitions>", b'<decision id="two"/></definitions>')),
        ("no-decision-table", "colour", table(REST).replace(b"decisionTable", b"context")),
        ("bad-key", "a b", table(REST, decision="a b")),
    ],
)
def test_what_the_library_ignores_in_a_table_is_refused(rule: str, element_id: str | None, content: bytes) -> None:
    assert (rule, element_id) in [(finding.rule, finding.element_id) for finding in lint(content) if finding.is_error]


@pytest.mark.parametrize(
    ("rule", "element_id", "content"),
    [
        ("unreached-rule", "r2", table(("", "1"), ('"A"', "2"))),
        ("unreached-rule", "r2", table(('"A"', "1"), ('"A"', "2"), REST)),
        ("unknown-input", "i1", table(("> elsewhere", "1"), REST)),
    ],
)
def test_doubtful_rows_are_warnings(rule: str, element_id: str, content: bytes) -> None:
    findings = lint(content)
    assert [(finding.rule, finding.element_id, finding.severity) for finding in findings] == [(rule, element_id, "warning")]
