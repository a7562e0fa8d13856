"""The places where a process can be killed: what it says to its database and to the outside.

A `Watch` sits on the database driver's side of the product (the statement before it is sent, the commit before and
after it) and around the senders. It counts, and where its plan says so it kills: a `Crash` that nothing in the product
catches, and from then on a dead process to which neither statements nor commits are granted.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, PoolProxiedConnection, event

from api.product import Product
from engine.registry import Sender

STATEMENT, BEFORE_COMMIT, AFTER_COMMIT, BEFORE_CALL, AFTER_CALL = "statement", "before commit", "after commit", "before call", "after call"
_SPACE = re.compile(r"\s+")
_MANY = re.compile(r"\((?:[^()]*\?|%\([^)]*\)s)(?:, (?:\?|%\([^)]*\)s))+\)")
"""Values in brackets: an `IN` of five is the same kind of statement as one of two."""


Kind: TypeAlias = tuple[str, str]
"""A place and a statement's text."""


class Crash(BaseException):
    """The process is killed here. No `Exception`, so that nothing but the end of a `with` takes notice of it."""


@dataclass(frozen=True, slots=True)
class Point:
    """One place in a run: the `number`-th, of what kind, and while what was done (`act`)."""

    number: int
    place: str
    what: str
    act: str

    @property
    def kind(self) -> Kind:
        """What makes two points alike: the place and the statement's text."""
        return self.place, self.what

    def __str__(self) -> str:
        return f"#{self.number} {self.place} {self.what[:120]} ({self.act})"


Plan = Callable[[Point], bool]
"""Whether to kill at a point."""


def never(_point: Point) -> bool:
    """Let it live."""
    return False


def at(number: int) -> Plan:
    """Kill at the point of this number, once."""
    return lambda point: point.number == number


class EachKind:
    """Kill at a point of every kind, each at the occurrence that was chosen for it: many deaths in one run."""

    def __init__(self, occurrences: Mapping[Kind, int]) -> None:
        self._left = dict(occurrences)

    def __call__(self, point: Point) -> bool:
        left = self._left.get(point.kind)
        if left is None:
            return False
        if left > 1:
            self._left[point.kind] = left - 1
            return False
        del self._left[point.kind]
        return True

    @property
    def missed(self) -> list[Kind]:
        """The kinds that did not come as often as they should."""
        return list(self._left)


Meddle = Callable[[str], None]
"""Told of every statement before it is sent; what it raises is raised as if by the database."""


class Watch:
    """Counts the points of a run, and kills where its plan says so."""

    def __init__(self, plan: Plan = never, meddle: Meddle | None = None) -> None:
        self.points: list[Point] = []
        self.killed: list[Point] = []
        self.act = "-"
        """What is being done, for the report."""
        self._plan, self._meddle = plan, meddle
        self._looking = False
        self._dead = False
        self._attached = ExitStack()

    def attach(self, product: Product) -> None:
        """Watch a product that was just started; the one before is gone."""
        self.detach()
        self._dead = False
        event.listen(product.database, "before_cursor_execute", self._statement)
        self._attached.callback(event.remove, product.database, "before_cursor_execute", self._statement)
        dialect = product.database.dialect
        commit = dialect.do_commit

        def do_commit(connection: PoolProxiedConnection) -> None:
            self._reach(BEFORE_COMMIT, "", connection)
            commit(connection)
            self._reach(AFTER_COMMIT, "")

        dialect.do_commit = do_commit  # type: ignore[method-assign,assignment]  # the one place that every commit passes
        self._attached.callback(setattr, dialect, "do_commit", commit)
        for name, sender in list(product.registry.senders.items()):
            product.registry.senders[name] = self._around(name, sender)

    def detach(self) -> None:
        """Watch no longer."""
        self._attached.close()

    @contextmanager
    def looking(self, act: str) -> Iterator[None]:
        """Count what happens in here; what the test itself looks up is none of the product's doing."""
        before = self._looking, self.act
        self._looking, self.act = True, act
        try:
            yield
        finally:
            self._looking, self.act = before

    def _statement(self, connection: Connection, _cursor: Any, text: str, _values: Any, _context: Any, _many: bool) -> None:
        self._reach(STATEMENT, text, connection.connection)
        if self._meddle is not None:
            self._meddle(text)

    def _around(self, name: str, sender: Sender) -> Sender:
        def send(delivery_id: str, body: Mapping[str, Any]) -> None:
            self._reach(BEFORE_CALL, name)
            sender(delivery_id, body)
            self._reach(AFTER_CALL, name)

        return send

    def _reach(self, place: str, what: str, connection: PoolProxiedConnection | None = None) -> None:
        if self._dead:
            raise Crash("a dead process does nothing more")
        if not self._looking:
            return
        point = Point(len(self.points) + 1, place, kind_of(what), self.act)
        self.points.append(point)
        if self._plan(point):
            self.killed.append(point)
            self._dead = True
            if connection is not None:
                # the database rolls back for a dead process; here a cursor somewhere in the trace could keep its locks alive
                connection.rollback()
            raise Crash(str(point))


def kind_of(statement: str) -> str:
    """A statement's text without what differs from one time to the next."""
    return _MANY.sub("(…)", _SPACE.sub(" ", statement).strip())
