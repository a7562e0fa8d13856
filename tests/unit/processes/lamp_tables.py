"""The two tables of the lamps for tests: a pair of their own, and the pair that ships in `bpmn-models/`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree
from sqlalchemy.orm import Session

from engine.decisions import DecisionTable, read_tables
from engine.expressions import Expressions
from engine.registry import Registry
from tests.fixtures.host import ROOT

AGE_ROWS = [("? <= 3", "green"), ("? <= 5", "none"), ("? <= 7", "yellow"), ("", "red")]
DUE_ROWS = [
    ("True", "", "", "green"),
    ("False", "? < 0", "", "red"),
    ("False", "", "? < 0", "red_hollow"),
    ("False", "? <= near_h", "", "yellow"),
    ("", "", "", "none"),
]


class DmnTables:
    """Decides by DMN files, without deploying them."""

    def __init__(self, *documents: bytes) -> None:
        self._expressions = Expressions(Registry())
        self.tables: dict[str, DecisionTable] = {}
        for document in documents:
            self.tables |= read_tables(etree.fromstring(document))

    def evaluate(self, session: Session, decision_id: str, facts: Mapping[str, Any], /) -> Mapping[str, Any]:
        """The outputs of the first row that matches."""
        return self.tables[decision_id].decide(self._expressions, facts)


def own() -> DmnTables:
    """The tables of requirement 0.2 as these tests write them."""
    return DmnTables(
        _dmn("age_light", ["age_days"], "age", AGE_ROWS),
        _dmn("due_light", ["finished", "remaining_h", "original_remaining_h"], "due", DUE_ROWS),
    )


def shipped() -> DmnTables | None:
    """The tables that ship with the product, once they are drawn."""
    found = DmnTables(*(path.read_bytes() for path in sorted((ROOT / "bpmn-models").glob("**/*.dmn"))))
    return found if {"age_light", "due_light"} <= set(found.tables) else None


def _dmn(decision: str, inputs: list[str], output: str, rows: Sequence[tuple[str, ...]]) -> bytes:
    return "".join(_parts(decision, inputs, output, rows)).encode()


def _parts(decision: str, inputs: list[str], output: str, rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">'
    yield f'<decision id="{decision}" name="{decision}"><decisionTable hitPolicy="UNIQUE">'
    for name in inputs:
        yield f"<input><inputExpression><text>{name}</text></inputExpression></input>"
    yield f'<output name="{output}"/>'
    for *cells, colour in rows:
        entries = "".join(f"<inputEntry><text>{cell.replace('<', '&lt;')}</text></inputEntry>" for cell in cells)
        yield f'<rule>{entries}<outputEntry><text>"{colour}"</text></outputEntry></rule>'
    yield "</decisionTable></decision></definitions>"
