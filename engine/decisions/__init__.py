"""Decision tables (决策表): reading them and deciding by them, inside a process or directly for given facts."""

from engine.decisions.services import Decisions
from engine.decisions.tables import DecisionError, DecisionTable, read_tables

__all__ = ["DecisionError", "DecisionTable", "Decisions", "read_tables"]
