"""The archive (归档): what the engine holds of a case that ended long ago, as one packed row, so that the hot tables stay small.

A case is packed whole: its instances, histories, sealed submissions and finished tasks go out of their tables into one row of
`archive`, compressed. Nothing is lost and nothing changed: the chains are verified, the days' anchors computed and the steps
exported over both places, and whoever opens the case again has its rows put back first (`unpack`), as they were. An instance that
is asked for by its own number is found through `archived_instance`.
"""

import base64
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, LargeBinary, RowMapping, Select, Table, delete, insert, or_, select
from sqlalchemy.orm import Session, aliased

from engine.db import Instant, from_micros, tables, to_micros
from engine.history.models import Archive, ArchivedInstance, History, Submission
from engine.instances.models import ENDED, LIVE, Instance
from engine.workitems.models import WorkItem

INSTANCE, HISTORY, SUBMISSION, ITEM, PLACE = tables(Instance, History, Submission, WorkItem, ArchivedInstance)
PARTS: tuple[Table, ...] = (INSTANCE, HISTORY, SUBMISSION, ITEM)
"""Parents first."""
LEVEL = 6


def pack(session: Session, before: datetime, limit: int, now: datetime) -> int:
    """Pack up to `limit` cases all of whose instances ended before a moment, those that ended first; answers how many."""
    keys = list(dict.fromkeys(session.scalars(_ended_before(before, limit))))
    for key in keys:
        _pack(session, key, now)
    return len(keys)


def unpack(session: Session, business_key: str) -> bool:
    """Put the rows of a case back where they came from; whether it was packed."""
    packed = session.get(Archive, business_key, with_for_update=True)
    if packed is None:
        return False
    content = _content(packed.body)
    for part in PARTS:
        if rows := content[part.name]:
            session.execute(insert(part), [_typed(part, row) for row in rows])
    session.execute(delete(PLACE).where(PLACE.c.instance_id.in_([row["id"] for row in content[INSTANCE.name]])))
    session.delete(packed)
    session.flush()
    return True


def is_packed(session: Session, business_key: str) -> bool:
    """Whether a case's engine rows lie in the archive."""
    return session.scalar(select(Archive.business_key).where(Archive.business_key == business_key)) is not None


def case_of(session: Session, instance_id: int) -> str | None:
    """The case in whose packed rows an instance lies; None when it is not in the archive."""
    return session.scalar(select(ArchivedInstance.business_key).where(ArchivedInstance.instance_id == instance_id))


def instances(session: Session, key: str | None = None) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Every packed instance with its history rows in their order, as column values; of one case or of all."""
    query = select(Archive.body).order_by(Archive.business_key)
    yield from _opened(session, query if key is None else query.where(Archive.business_key == key))


def hashes(session: Session, first: datetime, last: datetime) -> list[tuple[int, int, bytes]]:
    """Instance, number and hash of every packed history row from `first` until before `last`."""
    lived = select(Archive.body).where(Archive.first_at < last, Archive.last_at >= first)
    rows = (row for _instance, history in _opened(session, lived) for row in history)
    return [(row["instance_id"], row["seq"], row["hash"]) for row in rows if first <= row["at"] < last]


def _opened(session: Session, query: Select[bytes]) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    for body in session.scalars(query.execution_options(yield_per=200)):
        content = _content(body)
        rows: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
        for row in content[HISTORY.name]:
            rows[row["instance_id"]].append(_typed(HISTORY, row))
        for instance in content[INSTANCE.name]:
            yield _typed(INSTANCE, instance), rows[instance["id"]]


def _packed(content: Mapping[str, Any]) -> bytes:
    return zlib.compress(orjson.dumps(content), LEVEL)


def _content(body: bytes) -> dict[str, list[dict[str, Any]]]:
    content: dict[str, list[dict[str, Any]]] = orjson.loads(zlib.decompress(body))
    return content


def _ended_before(before: datetime, limit: int) -> Select[str]:
    """The cases of the instances that ended first; periodic work belongs to no case and stays where it is."""
    other = aliased(Instance)
    holds = or_(other.status == LIVE, other.ended_at >= before)
    return (
        select(Instance.business_key)
        .where(Instance.status == ENDED, Instance.ended_at < before, Instance.business_key != "")
        .where(~select(other.id).where(other.business_key == Instance.business_key, holds).exists())
        .order_by(Instance.ended_at)
        .limit(limit)
    )


def _pack(session: Session, key: str, now: datetime) -> None:
    unpack(session, key)  # something was done for a case while it lay here: both go in together
    ids = select(Instance.id).where(Instance.business_key == key)
    content: dict[str, list[dict[str, Any]]] = {}
    for part in PARTS:
        rows = session.execute(select(part).where(_owner(part).in_(ids)).order_by(*part.primary_key)).mappings()
        content[str(part.name)] = [_plain(part, row) for row in rows]
    moments = [row["at"] for row in content[HISTORY.name]]
    session.add(
        Archive(
            business_key=key,
            first_at=from_micros(min(moments)),
            last_at=from_micros(max(moments)),
            rows=len(moments),
            body=_packed(content),
            packed_at=now,
        )
    )
    session.flush()
    gone = [row["id"] for row in content[INSTANCE.name]]
    session.execute(insert(PLACE), [{"instance_id": instance_id, "business_key": key} for instance_id in gone])
    for part in reversed(PARTS):
        session.execute(delete(part).where(_owner(part).in_(gone)))


def _owner(part: Table) -> ColumnElement[int]:
    return part.c.id if part is INSTANCE else part.c.instance_id


def _plain(part: Table, row: RowMapping) -> dict[str, Any]:
    """A row as JSON can carry it: moments as microseconds, bytes in base64."""
    plain: dict[str, Any] = {str(name): value for name, value in row.items()}
    for column in part.c:
        value = plain[column.name]
        if value is not None and isinstance(column.type, Instant):
            plain[column.name] = to_micros(value)
        elif value is not None and isinstance(column.type, LargeBinary):
            plain[column.name] = base64.b64encode(value).decode()
    return plain


def _typed(part: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    typed = dict(row)
    for column in part.c:
        value = typed[column.name]
        if value is not None and isinstance(column.type, Instant):
            typed[column.name] = from_micros(value)
        elif value is not None and isinstance(column.type, LargeBinary):
            typed[column.name] = base64.b64decode(value)
    return typed
