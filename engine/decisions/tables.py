"""Decision tables as they stand in a DMN file: read once, then decided by many times."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.context import Context
from engine.decisions.cells import InputCell, OutputCell
from engine.definitions.xml import local_name
from engine.errors import BihuanError
from engine.expressions import Expressions

COLLECT = "COLLECT"


class DecisionError(BihuanError):
    """决策表没有给出结果。 The decision table gives no answer: no row matches these facts."""

    code = "decision"


@dataclass(frozen=True, slots=True)
class Column:
    """An input or output column. `text` is an input's expression and an output's variable."""

    id: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A rule of the table."""

    id: str
    inputs: tuple[InputCell, ...]
    outputs: tuple[OutputCell, ...]


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A decision table: the first row that matches decides; with COLLECT each output is the list of all that match."""

    id: str
    name: str
    hit_policy: str
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rows: tuple[Row, ...]

    def decide(self, expressions: Expressions, facts: Mapping[str, Any], context: Context | None = None) -> dict[str, Any]:
        """The outputs for some facts. Raises `DecisionError` when no row matches, `ExpressionError` for a cell that fails."""
        values = [
            facts[column.text] if column.text in facts else expressions.evaluate(column.text, facts, context) for column in self.inputs
        ]
        hits = (row for row in self.rows if self._matches(row, values, expressions, facts, context))
        if self.hit_policy == COLLECT:
            found = [self._outputs(row, expressions, facts, context) for row in hits]
            return {column.text: [outputs[column.text] for outputs in found] for column in self.outputs}
        for row in hits:
            return self._outputs(row, expressions, facts, context)
        shown = {column.text: value for column, value in zip(self.inputs, values, strict=True)}
        raise DecisionError(f"决策表 {self.id} 没有适用于 {shown} 的行。 No row of the table {self.id} matches {shown}.", decision=self.id)

    @staticmethod
    def _matches(row: Row, values: list[Any], expressions: Expressions, facts: Mapping[str, Any], context: Context | None) -> bool:
        return all(cell.matches(value, expressions, facts, context) for cell, value in zip(row.inputs, values, strict=True))

    def _outputs(self, row: Row, expressions: Expressions, facts: Mapping[str, Any], context: Context | None) -> dict[str, Any]:
        return {column.text: cell.value(expressions, facts, context) for column, cell in zip(self.outputs, row.outputs, strict=True)}


def read_tables(root: etree._Element) -> dict[str, DecisionTable]:
    """The decision tables of a DMN file by decision id, whatever its version; decisions without a table are left out."""
    found = {}
    for decision in root.iterchildren():
        table = next((child for child in decision if local_name(child) == "decisionTable"), None)
        if local_name(decision) == "decision" and table is not None:
            identifier = decision.get("id", "")
            found[identifier] = _table(identifier, decision.get("name", "") or identifier, table)
    return found


def cell_text(entry: etree._Element) -> str:
    """The text of an entry or an expression, empty without one."""
    return next(((child.text or "").strip() for child in entry if local_name(child) == "text"), "")


def _table(identifier: str, name: str, table: etree._Element) -> DecisionTable:
    children = list(table)
    inputs = tuple(_input(child) for child in children if local_name(child) == "input")
    outputs = tuple(
        Column(child.get("id", ""), child.get("label", ""), child.get("name", "")) for child in children if local_name(child) == "output"
    )
    rows = tuple(_row(child, len(inputs), len(outputs)) for child in children if local_name(child) == "rule")
    return DecisionTable(identifier, name, table.get("hitPolicy", "UNIQUE").upper(), inputs, outputs, rows)


def _input(element: etree._Element) -> Column:
    expression = next((child for child in element if local_name(child) == "inputExpression"), None)
    return Column(element.get("id", ""), element.get("label", ""), "" if expression is None else cell_text(expression))


def _row(element: etree._Element, inputs: int, outputs: int) -> Row:
    entered = [cell_text(child) for child in element if local_name(child) == "inputEntry"]
    given = [cell_text(child) for child in element if local_name(child) == "outputEntry"]
    # a row with too few or too many cells is the linter's to refuse; here it is only made to fit
    entered = (entered + [""] * inputs)[:inputs]
    given = (given + [""] * outputs)[:outputs]
    return Row(element.get("id", ""), tuple(map(InputCell.read, entered)), tuple(map(OutputCell.read, given)))
