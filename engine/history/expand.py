"""The history as people and replay read it: the packed rows of a case's instances, step by step."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from engine import cursors
from engine.db import from_micros, to_micros
from engine.history import archive
from engine.history.chain import Row
from engine.history.models import History, Submission
from engine.history.steps import unpack
from engine.history.submissions import open_sealed
from engine.instances.models import Instance
from engine.spiff.specs import SpecCache

PAGE = 1_000
"""Rows a page; each holds at least one step."""

Show = Callable[[str, Any], Any]
"""`show(field, value)`: how an answer may be seen by this reader (masked or plain)."""


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One step of one instance. `seq` numbers the stored row, `step` the step within it, both from 1."""

    seq: int
    step: int
    at: datetime
    type: str
    element_id: str | None
    flow_id: str | None
    actor: str
    instance_id: int
    definition: str
    version: int
    data: Mapping[str, Any] | None
    prev_hash: str
    hash: str
    turn: int


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Steps in the order they happened, and where the next page begins (None at the end)."""

    steps: list[HistoryStep]
    next: str | None


def read(session: Session, specs: SpecCache, business_key: str, *, after: str | None = None, show: Show | None = None) -> HistoryPage:
    """A page of a case's history over all its instances. `after` is the `next` of the page before; with `show` the
    submitted forms are opened and passed through it, without it they are left out. Raises `BadCursor`."""
    query = (
        select(History, Instance.process_key, Instance.process_version, Instance.bundle_id, Submission.body)
        .join(Instance, Instance.id == History.instance_id)
        .outerjoin(Submission, (Submission.instance_id == History.instance_id) & (Submission.seq == History.seq))
        .where(Instance.business_key == business_key)
        .order_by(History.at, History.instance_id, History.seq)
        .limit(PAGE)
    )
    if after is not None:
        at, instance_id, seq = (int(key) for key in cursors.decode(after, cursors.MOMENT, cursors.ID, cursors.PLACE))
        query = query.where(tuple_(History.at, History.instance_id, History.seq) > (from_micros(at), instance_id, seq))
    rows = session.execute(query).all()
    steps = [
        one for row, key, version, bundle_id, body in rows for one in _expand(session, specs, row, key, version, bundle_id, body, show)
    ]
    steps.sort(key=lambda one: (one.at, one.turn))
    last = rows[-1][0] if len(rows) == PAGE else None
    return HistoryPage(steps, None if last is None else cursors.encode((to_micros(last.at), last.instance_id, last.seq)))


def read_packed(session: Session, specs: SpecCache, business_key: str) -> list[HistoryStep]:
    """The whole history of a case that lies in the archive, without what people typed; none when it does not lie there."""
    found = [(Row(**values), instance) for instance, history in archive.instances(session, business_key) for values in history]
    found.sort(key=lambda one: (one[0].at, one[0].instance_id, one[0].seq))
    steps = [
        one
        for row, instance in found
        for one in _expand(session, specs, row, instance["process_key"], instance["process_version"], instance["bundle_id"], None, None)
    ]
    return sorted(steps, key=lambda one: (one.at, one.turn))


def _expand(
    session: Session, specs: SpecCache, row: History | Row, key: str, version: int, bundle_id: int, body: bytes | None, show: Show | None
) -> Iterator[HistoryStep]:
    packed = orjson.loads(row.data)
    turns = _turns(packed)
    for number, step in enumerate(packed["steps"], start=1):
        kind, element, flow, definition, data = unpack(step)
        if number == 1 and body is not None and show is not None:
            form = _form(open_sealed(body, packed["submission"]), show)
            data = {**(data or {}), **form}
        elsewhere = None if definition is None else specs.get(session, bundle_id).versions[definition]
        yield HistoryStep(
            seq=row.seq,
            step=number,
            at=row.at,
            type=kind,
            element_id=element,
            flow_id=flow,
            actor=row.actor,
            instance_id=row.instance_id,
            definition=definition or key,
            version=elsewhere or version,
            data=data,
            prev_hash=row.prev_hash.hex(),
            hash=row.hash.hex(),
            turn=turns[number - 1],
        )


def _turns(packed: Mapping[str, Any]) -> list[int]:
    """For each step the turn it was taken in, where one command moved several instances by turns."""
    turns = [turn for turn, count in packed.get("turns", ()) for _ in range(count)]
    return turns or [0] * len(packed["steps"])


def _form(submitted: Mapping[str, Any] | None, show: Show) -> dict[str, Any]:
    if submitted is None:
        return {}
    return {part: {field: show(field, value) for field, value in fields.items()} for part, fields in submitted.items()}
