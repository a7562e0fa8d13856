"""Rules about decision tables: what the library ignores in DMN, and cells in another language (`engine.md`)."""

import re
from collections.abc import Iterator

from lxml import etree

from engine.decisions.cells import ANYTHING, INPUT, as_expression
from engine.decisions.tables import COLLECT, cell_text
from engine.definitions.files import DmnFile
from engine.definitions.xml import local_name
from engine.expressions import uses
from engine.lint.catalogue import Catalogue
from engine.lint.expressions import EXPRESSION, bad_expression
from engine.lint.findings import WARNING, Finding, Rule
from engine.lint.names import BAD_KEY, KEY, bad_variable, repeated

ONE_DECISION = Rule(
    "one-decision",
    "文件中有 {count} 个决策，应恰好有一个。",
    "The file has {count} decisions; it needs exactly one.",
    "每个决策单独成文件。",
    "Put each decision into a file of its own.",
)
NO_TABLE = Rule(
    "no-decision-table",
    "决策 {id} 没有决策表；文字表达式和依赖的决策不受支持。",
    "The decision {id} has no decision table; literal expressions and required decisions are not supported.",
    "改为一张决策表。",
    "Make it one decision table.",
)
EXTRA = Rule(
    "decision-extra",
    "决策表中的 {tag} 会使引擎拒绝整张表。",
    "A {tag} in a decision table makes the engine refuse the whole table.",
    "删除它；说明写在每一行的 description 中。",
    "Delete it; put notes into the description of a rule.",
)
HIT_POLICY = Rule(
    "hit-policy",
    "命中策略 {policy} 不受支持，或其汇总会被忽略。",
    "The hit policy {policy} is not supported, or its aggregation is ignored.",
    "用 UNIQUE（第一条匹配的行生效）或不带汇总的 COLLECT。",
    "Use UNIQUE (the first row that matches decides), or COLLECT without an aggregation.",
)
FEEL = Rule(
    "feel-cell",
    "单元格 {text} 是 FEEL，这里是 Python：它不会匹配或会出错。",
    "The cell {text} is FEEL, and cells are Python here: it never matches or fails.",
    '写成 ? in ("A", "B")、? != "A"、1 <= ? <= 5、True。',
    'Write ? in ("A", "B"), ? != "A", 1 <= ? <= 5, True.',
)
CELLS = Rule(
    "decision-cells",
    "第 {row} 行有 {found} 个单元格，应有 {wanted} 个。",
    "Row {row} has {found} cells and should have {wanted}.",
    "在设计器中重新保存决策表。",
    "Save the table in the designer again.",
)
NO_INPUT = Rule(
    "decision-input",
    "输入列 {id} 没有表达式。",
    "The input column {id} has no expression.",
    "写上要比较的变量。",
    "Name the variable to compare.",
)
TWICE = Rule(
    "decision-output",
    "输出 {name} 出现了两次。",
    "The output {name} is there twice.",
    "合并为一列。",
    "Make it one column.",
)
NO_CATCH_ALL = Rule(
    "no-catch-all",
    "最后一行没有兜底：没有匹配的行时旧值会悄悄留下。",
    "The last row does not catch the rest: with no matching row the old value silently stays.",
    "最后加一行，输入全部留空。",
    "Add a last row with all inputs empty.",
)
UNREACHED = Rule(
    "unreached-rule",
    "第 {row} 行永远轮不到：前面的第 {before} 行已经匹配。",
    "Row {row} never decides: row {before} before it matches already.",
    "调整顺序或删除这一行。",
    "Change the order or delete this row.",
    WARNING,
)
UNKNOWN_NAME = Rule(
    "unknown-input",
    "单元格 {text} 引用的 {name} 不是本表的输入列。",
    "The cell {text} uses {name}, which is no input column of the table.",
    "把它加为输入列。",
    "Make it an input column.",
    WARNING,
)

_FEEL = re.compile(
    r"""(?x) not\s*\(
    | [\[\]()]\s*[^,()\[\]]*\.\.[^,]*[\[\])]
    | (?:date|time|duration|days|today|now)(?:\ and\ time)?\s*\(\s*["')]
    | \b(?:true|false|null)\b
    | ^=(?!=)
    """
)
_FEEL_LIST = re.compile(r"""^\s*(?:"[^"]*"|-?\d+(?:\.\d+)?)(?:\s*,\s*(?:"[^"]*"|-?\d+(?:\.\d+)?))+\s*$""")
_STRINGS = re.compile(r'"[^"]*"|\'[^\']*\'')


def check(file: DmnFile, catalogue: Catalogue) -> Iterator[Finding]:
    """Check a DMN file."""
    decisions = [child for child in file.root if local_name(child) == "decision"]
    if len(decisions) != 1:
        yield ONE_DECISION.at(None, count=len(decisions))
    for decision in decisions:
        identifier = decision.get("id", "")
        if not KEY.fullmatch(identifier):
            yield BAD_KEY.at(identifier, key=identifier, what="决策的 id", what_en="the id of a decision")
        tables = [child for child in decision if local_name(child) == "decisionTable"]
        requirements = [child for child in decision if local_name(child) in ("informationRequirement", "literalExpression")]
        needs = any(local_name(inner) == "requiredDecision" for one in requirements for inner in one)
        if len(tables) != 1 or needs:
            yield NO_TABLE.at(identifier, id=identifier)
        for table in tables:
            yield from _table(identifier, table, catalogue)


def _table(decision: str, table: etree._Element, catalogue: Catalogue) -> Iterator[Finding]:
    for child in table:
        if local_name(child) not in ("input", "output", "rule"):
            yield EXTRA.at(child.get("id") or decision, tag=local_name(child))
    policy = table.get("hitPolicy", "UNIQUE").upper()
    if policy not in ("UNIQUE", "FIRST", COLLECT) or table.get("aggregation"):
        yield HIT_POLICY.at(table.get("id") or decision, policy=f"{policy} {table.get('aggregation', '')}".strip())
    inputs = [child for child in table if local_name(child) == "input"]
    outputs = [child for child in table if local_name(child) == "output"]
    rows = [child for child in table if local_name(child) == "rule"]
    known: set[str] = set()
    for column in inputs:
        text = _input_text(column)
        if not text:
            yield NO_INPUT.at(column.get("id"), id=column.get("id", "?"))
        else:
            yield from bad_expression(column.get("id"), text, catalogue)
            known |= uses(text).names
    for column in outputs:
        yield from bad_variable(column.get("id"), column.get("name", ""), "决策表的输出", "an output of a decision table", catalogue)
    for name in repeated([column.get("name", "") for column in outputs]):
        yield TWICE.at(decision, name=name)
    for number, row in enumerate(rows, 1):
        yield from _row(number, row, len(inputs), len(outputs), known, catalogue)
    if policy != COLLECT:
        yield from _order(decision, rows, len(inputs))


def _row(number: int, row: etree._Element, inputs: int, outputs: int, known: set[str], catalogue: Catalogue) -> Iterator[Finding]:
    entered = [child for child in row if local_name(child) == "inputEntry"]
    given = [child for child in row if local_name(child) == "outputEntry"]
    for found, wanted in ((len(entered), inputs), (len(given), outputs)):
        if found != wanted:
            yield CELLS.at(row.get("id"), row=number, found=found, wanted=wanted)
    for cell in entered:
        yield from _cell(cell, as_expression(cell_text(cell)), known | {INPUT}, catalogue)
    for cell in given:
        yield from _cell(cell, cell_text(cell) or None, known, catalogue)


def _cell(cell: etree._Element, expression: str | None, known: set[str], catalogue: Catalogue) -> Iterator[Finding]:
    if expression is None:
        return
    text, identifier = cell_text(cell), cell.get("id")
    if is_feel(text, local_name(cell) == "inputEntry"):
        yield FEEL.at(identifier, text=text)
        return
    found = list(bad_expression(identifier, expression, catalogue))
    if found:
        for problem in found:
            if problem.rule == EXPRESSION.id:
                yield problem
            else:
                yield FEEL.at(identifier, text=text)
        return
    for name in sorted(uses(expression).names - known):
        yield UNKNOWN_NAME.at(identifier, text=text, name=name)


def is_feel(text: str, is_input: bool) -> bool:
    """Whether a cell is written in FEEL rather than Python."""
    bare = _STRINGS.sub('""', text)
    return _FEEL.search(bare) is not None or (is_input and _FEEL_LIST.match(text) is not None)


def _order(decision: str, rows: list[etree._Element], inputs: int) -> Iterator[Finding]:
    seen: dict[tuple[str, ...], int] = {}
    catch_all = ("",) * inputs
    for number, row in enumerate(rows, 1):
        cells = tuple("" if (text := cell_text(child)) in ANYTHING else text for child in row if local_name(child) == "inputEntry")
        before = seen.get(catch_all) or seen.get(cells)
        if before:
            yield UNREACHED.at(row.get("id"), row=number, before=before)
        seen.setdefault(cells, number)
    if catch_all not in seen:
        yield NO_CATCH_ALL.at(rows[-1].get("id") if rows else decision)


def _input_text(column: etree._Element) -> str:
    expression = next((child for child in column if local_name(child) == "inputExpression"), None)
    return "" if expression is None else cell_text(expression)
