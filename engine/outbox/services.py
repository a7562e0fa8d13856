"""Put a delivery into the outbox; nothing here commits."""

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.orm import Session

from engine import chance, clock
from engine.db import to_micros
from engine.inserts import insert_once, insertion
from engine.outbox.models import WAITING, Delivery

_order = threading.Lock()
_last = 0


ADD = insertion(Delivery)
"""Writes a row of `new`."""


def put(session: Session, connector: str, business_key: str, body: Mapping[str, Any], key: str | None, now: datetime) -> str:
    """Have `body` (JSON) sent by the sender registered for `connector`; answers the delivery's id.

    A `key` says what is told: the same key of the same connector and case is one delivery, however often it is put.
    It is due at `now`, after whatever was put earlier for this connector and case.
    """
    row = new(connector, business_key, body, now, key)
    if key:
        insert_once(session, Delivery, row)
    else:
        ADD.run(session.connection(), row)
    return str(row["id"])


def new(connector: str, business_key: str, body: Mapping[str, Any], now: datetime, key: str | None = None) -> dict[str, Any]:
    """The row of a new delivery, for `ADD`."""
    return {
        "id": delivery_id_of(connector, business_key, key) if key else f"msg_{chance.identifier().hex}",
        "seq": _next(),
        "connector": connector,
        "business_key": business_key,
        "body": dict(body),
        "state": WAITING,
        "attempts": 0,
        "due_at": now,
        "created_at": now,
    }


def delivery_id_of(connector: str, business_key: str, key: str) -> str:
    """The id a keyed delivery has: opaque, ASCII, the same each time."""
    return f"msg_{uuid5(NAMESPACE_URL, f'bihuan:{connector}:{business_key}:{key}').hex}"


def _next() -> int:
    """A number greater than any before: the machine's microseconds, since the case's clock may stand still or travel."""
    global _last
    with _order:
        _last = max(_last + 1, to_micros(clock.real_now()))
        return _last
