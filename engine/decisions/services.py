"""Deciding directly by the latest published table, for those who need an answer outside a process (the lights)."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.context import Context
from engine.decisions.tables import DecisionTable, read_tables
from engine.definitions import current
from engine.definitions.models import DefinitionFile
from engine.definitions.xml import parse_safely
from engine.errors import NotFound
from engine.expressions import Expressions
from engine.registry import Registry


class Decisions:
    """Evaluates decision tables. A table is parsed once per process and version."""

    def __init__(self, registry: Registry) -> None:
        self._expressions = Expressions(registry)
        self._parsed: dict[tuple[str, str], DecisionTable] = {}
        self._lock = Lock()

    def evaluate(self, session: Session, decision_id: str, facts: Mapping[str, Any], context: Context | None = None) -> dict[str, Any]:
        """The outputs of the latest published table for some facts.

        Raises `NotFound` for a decision that nobody published, `DecisionError` when no row matches.
        """
        return self.table(session, decision_id).decide(self._expressions, facts, context)

    def table(self, session: Session, decision_id: str) -> DecisionTable:
        """The latest published table, for a caller that decides many times over. Raises `NotFound`."""
        digest = current.of(session).decisions.get(decision_id)
        if digest is None:
            raise NotFound(f"决策表 {decision_id} 没有已发布的版本。 The decision table {decision_id} has no published version.")
        table = self._parsed.get((decision_id, digest))
        if table is None:
            content = session.scalars(select(DefinitionFile.content).where(DefinitionFile.digest == digest)).one()
            table = read_tables(parse_safely(content))[decision_id]
            with self._lock:
                self._parsed[decision_id, digest] = table
        return table
