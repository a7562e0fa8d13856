"""Run a command once for each key; the key is stored in the command's own transaction."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.idempotency.models import IdempotencyKey
from api.json import dumps
from engine import clock, crypto
from engine.errors import Invalid
from engine.inserts import insert_once

KEPT = timedelta(days=7)
LONGEST = 255


class KeyReused(Invalid):
    """同一 Idempotency-Key 已用于内容不同的请求。 This Idempotency-Key was already used with another request; make a new one."""

    code = "idempotency-key-reused"


@dataclass(frozen=True, slots=True)
class Call:
    """One creating call: who sends what where, under which key."""

    key: str
    caller: str
    address: str
    body: bytes

    @property
    def scope(self) -> str:
        """The stored digest of caller, address and key."""
        return crypto.current().index(f"{self.caller}\n{self.address}\n{self.key}")

    @property
    def request(self) -> str:
        """The stored digest of the body."""
        return crypto.current().index(hashlib.sha256(self.body).hexdigest())


def once(session: Session, call: Call, create: Callable[[], Any]) -> Any:
    """The answer of `create`, or the one given before under the same key. Raises `KeyReused` for another body.

    On PostgreSQL the insert waits for a twin in flight and then finds its row; SQLite has one writer anyway.
    """
    if not 0 < len(call.key) <= LONGEST or not call.key.isprintable():
        raise Invalid(errors={"Idempotency-Key": f"1 至 {LONGEST} 个可见字符。 1 to {LONGEST} printable characters."})
    now = clock.real_now()
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < now - KEPT))
    row = {"scope": call.scope, "request": call.request, "answer": None, "created_at": now}
    if not insert_once(session, IdempotencyKey, row):
        return _replay(session, call)
    answer = create()
    session.execute(update(IdempotencyKey).where(IdempotencyKey.scope == call.scope).values(answer=dumps(answer).decode()))
    return answer


def _replay(session: Session, call: Call) -> Any:
    stored = session.execute(select(IdempotencyKey.request, IdempotencyKey.answer).where(IdempotencyKey.scope == call.scope)).one()
    if stored.request != call.request:
        raise KeyReused
    return orjson.loads(stored.answer or "null")
