"""Run a command once for each key; the key is stored in the command's own transaction."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from api.idempotency.models import IdempotencyKey
from api.json import dumps
from engine import chance, clock, crypto
from engine.errors import Invalid
from engine.inserts import insert_once
from engine.prepared import Prepared

KEPT = timedelta(days=7)
LONGEST = 255
SWEEPING = 50
"""One call of so many sweeps out old keys."""
_STORED = Prepared(select(IdempotencyKey.request, IdempotencyKey.answer).where(IdempotencyKey.scope == bindparam("key")))
_ANSWERED = Prepared(update(IdempotencyKey).where(IdempotencyKey.scope == bindparam("key")).values(answer=bindparam("answer")))
_OLD = Prepared(delete(IdempotencyKey).where(IdempotencyKey.created_at < bindparam("before")))


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
    if chance.below(SWEEPING) == 0:
        _OLD.run(session.connection(), {"before": now - KEPT})
    scope = call.scope
    row = {"scope": scope, "request": call.request, "answer": None, "created_at": now}
    if not insert_once(session, IdempotencyKey, row):
        return _replay(session, call, scope)
    answer = create()
    _ANSWERED.run(session.connection(), {"key": scope, "answer": dumps(answer).decode()})
    return answer


def _replay(session: Session, call: Call, scope: str) -> Any:
    stored = _STORED.first(session.connection(), {"key": scope})
    if stored.request != call.request:
        raise KeyReused
    return orjson.loads(stored.answer or "null")
