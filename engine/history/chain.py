"""The hash chain: how a row of history is hashed, and how one is appended."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from engine.db import to_micros
from engine.history.steps import Step

GENESIS = bytes(32)


class Row(NamedTuple):
    """A row of history as it is stored, in the order of its columns."""

    instance_id: int
    seq: int
    at: datetime
    type: str
    element_id: str | None
    flow_id: str | None
    actor: str
    data: bytes
    prev_hash: bytes
    hash: bytes

    def values(self) -> dict[str, Any]:
        """The row as column values."""
        return self._asdict()


def digest(row: Row | Any) -> bytes:
    """SHA-256 over every other column: a JSON array of the plain columns, then the data bytes as stored."""
    head = [row.instance_id, row.seq, to_micros(row.at), row.type, row.element_id, row.flow_id, row.actor, row.prev_hash.hex()]
    return hashlib.sha256(orjson.dumps(head) + b"\n" + row.data).digest()


def link(instance_id: int, seq: int, prev_hash: bytes, at: datetime, actor: str, steps: list[Step], extra: Mapping[str, Any]) -> Row:
    """The next row of a chain; `extra` stands beside the steps in its data (a submission's digest)."""
    first = steps[0]
    element, flow = (first[1] if len(first) > 1 else None), (first[2] if len(first) > 2 else None)
    data = orjson.dumps({"steps": steps, **extra})
    row = Row(instance_id, seq, at, first[0], element, flow, actor, data, prev_hash, b"")
    return row._replace(hash=digest(row))
