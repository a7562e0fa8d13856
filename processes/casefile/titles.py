"""Words of titles, found by an index that serves two Chinese characters as well as a long phrase (docs/adr/0019).

Each two neighbouring characters of a case's title are a row of `title_pair`, with the moment at which the case was opened. Whoever
looks for words asks which moments have the rarest of their pairs, newest first, and checks the titles of those cases only: the
pairs say where to look, the title itself says whether it has the words.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, BindParameter, bindparam, cast, delete, func, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.db import tables
from engine.prepared import Call, Prepared, together
from processes.casefile.models import Case, TitlePair

CASE, PAIR = tables(Case, TitlePair)
OTHER = CASE.alias("other")

PROBED: Final = 12
"""Pairs of a text that are asked for; the first dozen bounds a search well enough."""
FIRST, FURTHER = 256, 1024
"""Moments that are read at once: a page is mostly found among the first."""
WIDTH: Final = 21
"""Bits of a character's number."""
_FOLDED: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
"""SQLite's LIKE takes these letters for the same, PostgreSQL's none: what either takes for the same has the same pairs. Not `lower()`,
by which a letter may depend on its neighbours or become two."""

_NEWEST: Final = Prepared(
    select(type_coerce(PAIR.c.opened_at, BigInteger).label("moment"))
    .where(PAIR.c.pair == bindparam("pair"), type_coerce(PAIR.c.opened_at, BigInteger) <= bindparam("before"))
    .order_by(PAIR.c.opened_at.desc())
    .limit(bindparam("count"))
)


def pairs(text: str) -> list[int]:
    """A number for each two neighbouring characters of a text, in their order, none twice."""
    codes = [ord(character) for character in text.translate(_FOLDED)]
    return list(dict.fromkeys(left << WIDTH | right for left, right in pairwise(codes)))


def entering(dialect: str, case_no: str, title: str) -> Call:
    """The statement that makes a stored case be found by the words of this title."""
    return _enter(dialect), {"case_no": case_no, "pairs": _listed(pairs(title))}


def changed(dialect: str, case_no: str, old: str, new: str) -> list[Call]:
    """The statements after which a case is found by its new title, and looked at no more for what only the old one has."""
    gone = set(pairs(old)).difference(pairs(new))
    leaving = [(_leave(dialect), {"case_no": case_no, "pairs": _listed(gone)})] if gone else []
    return [*leaving, entering(dialect, case_no, new)]


def moments(session: Session, words: str, before: int, count: int) -> Iterator[list[int]]:
    """When the cases were opened whose titles may have these words: microseconds, newest first, from `before` on, some at a time;
    at first a few more than `count`, which mostly are enough for so many cases.

    `words` have two characters at least. Costs one round trip for the first ones, and one statement for each further lot.
    """
    connection = session.connection()
    wanted = pairs(words)[:PROBED]
    answers = together(connection, [(_NEWEST, {"pair": pair, "before": before, "count": FIRST}) for pair in wanted])
    found = [[row.moment for row in answer.rows] for answer in answers]
    # the rarest has the fewest moments; of those that have many, the one whose newest reach back furthest
    rarest, pair = min(zip(found, wanted, strict=True), key=lambda one: (len(one[0]), one[0][-1:]))
    first, few = _in_all(rarest, found), count + count // 4
    yield first[:few]
    yield first[few:]
    most = FIRST
    while len(rarest) == most:
        most = FURTHER
        rarest = [row.moment for row in _NEWEST.all(connection, {"pair": pair, "before": rarest[-1] - 1, "count": most})]
        yield rarest


def _in_all(rarest: Sequence[int], found: Sequence[Sequence[int]]) -> list[int]:
    """The moments that no other pair rules out, as far as its moments were read."""
    left = list(rarest)
    for other in found:
        known = set(other)
        end = other[-1] if len(other) == FIRST else 0
        left = [moment for moment in left if moment in known or moment < end]
    return left


def _listed(numbers: Any) -> str:
    # in one order everywhere: two commands that enter the same rows must not wait for each other
    return orjson.dumps(sorted(numbers)).decode()


def _numbers(dialect: str) -> Any:
    """The numbers of a JSON list, one a row: a list of varying length in one prepared statement."""
    given: BindParameter[str] = bindparam("pairs")
    if dialect == "sqlite":
        return func.json_each(given).table_valued("value", name="listed").c.value
    return cast(func.json_array_elements_text(cast(given, postgresql.JSON)).column_valued("listed"), BigInteger)


@cache
def _enter(dialect: str) -> Prepared:
    insert = sqlite.insert(PAIR) if dialect == "sqlite" else postgresql.insert(PAIR)
    rows = select(_numbers(dialect), CASE.c.opened_at).where(CASE.c.case_no == bindparam("case_no"))
    return Prepared(insert.from_select(["pair", "opened_at"], rows).on_conflict_do_nothing())


@cache
def _leave(dialect: str) -> Prepared:
    moment = select(CASE.c.opened_at).where(CASE.c.case_no == bindparam("case_no")).scalar_subquery()
    # a case that was opened in the same microsecond has the same rows
    alone = ~select(OTHER.c.case_no).where(OTHER.c.opened_at == moment, OTHER.c.case_no != bindparam("case_no")).exists()
    return Prepared(delete(PAIR).where(PAIR.c.pair.in_(select(_numbers(dialect))), PAIR.c.opened_at == moment, alone))
