"""The decision tables by which the hotline's own rules are looked up: lamps, limits of side actions, limits of review."""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy.orm import Session


class Tables(Protocol):
    """What is needed of `engine.decisions.Decisions`."""

    def evaluate(self, session: Session, decision_id: str, facts: Mapping[str, Any], /) -> Mapping[str, Any]:
        """The outputs of the first matching row of a table's latest published version."""


_tables: list[Tables] = []


def use(tables: Tables) -> None:
    """Name the process's decision tables; called once by `processes.vocabulary.register`."""
    _tables[:] = [tables]


def current() -> Tables:
    """The process's decision tables. Raises `RuntimeError` before the vocabulary was registered."""
    if not _tables:
        raise RuntimeError("no decision tables: call processes.vocabulary.register() in the bootstrap")
    return _tables[0]


def limit(session: Session, rule: str) -> int:
    """A number that bounds what people may ask for (`extension_days`, `edit_days`, …), from the table `limit`."""
    return int(current().evaluate(session, "limit", {"rule": rule})["amount"])
