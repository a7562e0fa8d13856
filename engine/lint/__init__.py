"""The linter: what the engine would ignore or do wrongly, found before it runs (decision 12 of `engine.md`)."""

from engine.lint.catalogue import Catalogue
from engine.lint.findings import Finding
from engine.lint.runner import run

__all__ = ["Catalogue", "Finding", "run"]
