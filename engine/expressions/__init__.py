"""Expressions of diagrams and decision tables (decision 10 of `engine.md`): grammar, bounded operators, evaluation."""

from engine.expressions.evaluator import ExpressionError, Expressions, problems
from engine.expressions.grammar import Arity, Problem, Uses, uses

__all__ = ["Arity", "ExpressionError", "Expressions", "Problem", "Uses", "problems", "uses"]
