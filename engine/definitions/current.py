"""What is published now (现行版本): read once after each publication, however many commands ask.

Whoever publishes or retires something gives the one row of `definition_epoch` a new number, in the same transaction. A
command reads the number in its own transaction, mostly with the instance it moves, and finds the rest in this process's
memory: exactly what the database would have told it, whichever process published. The numbers are random and so are
never given twice, also not when a publication is rolled back.
"""

import secrets
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine.db import tables
from engine.definitions.models import DECISION, PUBLISHED, Bundle, Definition, DefinitionEpoch
from engine.inserts import insert_once
from engine.prepared import Prepared, together

SEEN = "definition epoch"
"""Where a session remembers the number that its transaction has read."""
KEPT = 8
"""How many publications back this process remembers: for transactions that began before the newest."""
ONLY = 1
"""The key of the one row."""

BUNDLE, DEFINITION, EPOCH = tables(Bundle, Definition, DefinitionEpoch)
NUMBER = select(EPOCH.c.number).scalar_subquery()
"""A column to read the number with something else."""
_NUMBER = Prepared(select(EPOCH.c.number))
_BUNDLES = Prepared(
    select(BUNDLE.c.process_key, BUNDLE.c.id, BUNDLE.c.start_messages).where(BUNDLE.c.current).order_by(BUNDLE.c.process_key)
)
_DECISIONS = Prepared(
    select(DEFINITION.c.key, DEFINITION.c.digest)
    .where(DEFINITION.c.kind == DECISION, DEFINITION.c.status == PUBLISHED)
    .order_by(DEFINITION.c.version)
)
_RENUMBER = Prepared(update(EPOCH).where(EPOCH.c.id == ONLY).values(number=bindparam("new")))


@dataclass(frozen=True, slots=True)
class Current:
    """The bundle that a new instance of each process takes, by process key; the processes that each message starts; the digest
    of each decision's newest published table."""

    bundles: Mapping[str, int]
    starters: Mapping[str, Sequence[str]]
    decisions: Mapping[str, str]


_kept: OrderedDict[int, Current] = OrderedDict()
_lock = Lock()


def of(session: Session) -> Current:
    """What is published, as this session's transaction sees it."""
    connection = session.connection()
    transaction, number = session.info.get(SEEN, (None, None))
    if transaction is None or transaction is not connection.get_transaction():
        number = _NUMBER.scalar(connection, {})
        seen(session, number)
    current = _kept.get(number)
    if current is None:
        current = _read(connection)
        if number is not None:
            with _lock:
                _kept[number] = current
                while len(_kept) > KEPT:
                    _kept.popitem(last=False)
    return current


def seen(session: Session, number: int | None) -> None:
    """Remember the number that this session's transaction has read (column `NUMBER`), so that nobody has to ask for it."""
    session.info[SEEN] = (session.connection().get_transaction(), number)


def renumber(session: Session) -> None:
    """Have every process read anew what is published, once this session's transaction is committed; itself from now on."""
    session.flush()
    number = secrets.randbits(62)
    insert_once(session, DefinitionEpoch, {"id": ONLY, "number": number})
    _RENUMBER.run(session.connection(), {"new": number})
    session.info.pop(SEEN, None)


def _read(connection: Any) -> Current:
    """Read after the number, so that nothing older than it is kept under it."""
    bundles, decisions = together(connection, [(_BUNDLES, {}), (_DECISIONS, {})])
    starters = defaultdict(list)
    for row in bundles.rows:
        for message in row.start_messages:
            starters[message].append(row.process_key)
    return Current(
        bundles={row.process_key: row.id for row in bundles.rows},
        starters=dict(starters),
        decisions={row.key: row.digest for row in decisions.rows},
    )
