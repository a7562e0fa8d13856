"""Deciding directly by the latest published table, for those who need an answer outside a process (the lights)."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.context import Context
from engine.decisions.tables import DecisionTable, read_tables
from engine.definitions.models import DECISION, PUBLISHED, Definition, DefinitionFile
from engine.definitions.xml import parse_safely
from engine.errors import NotFound
from engine.expressions import Expressions
from engine.registry import Registry

SEEN = "decision tables"
"""Where a session remembers which table answers for a decision, so that a page of a thousand lights asks once."""

_LATEST = (
    select(Definition.digest)
    .where(Definition.key == bindparam("key"), Definition.kind == DECISION, Definition.status == PUBLISHED)
    .order_by(Definition.version.desc())
    .limit(1)
)


class Decisions:
    """Evaluates decision tables. A table is parsed once per process and version, and looked up once per session."""

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
        seen: dict[str, DecisionTable] = session.info.setdefault(SEEN, {})
        if decision_id not in seen:
            seen[decision_id] = self._load(session, decision_id)
        return seen[decision_id]

    def _load(self, session: Session, decision_id: str) -> DecisionTable:
        digest: str | None = session.connection().scalar(_LATEST, {"key": decision_id})
        if digest is None:
            raise NotFound(f"决策表 {decision_id} 没有已发布的版本。 The decision table {decision_id} has no published version.")
        table = self._parsed.get((decision_id, digest))
        if table is None:
            content = session.scalars(select(DefinitionFile.content).where(DefinitionFile.digest == digest)).one()
            table = read_tables(parse_safely(content))[decision_id]
            with self._lock:
                self._parsed[decision_id, digest] = table
        return table


def forget(session: Session) -> None:
    """Make a session look tables up again; called when it publishes or retires something."""
    session.info.pop(SEEN, None)
