"""The seam between creating views and the idempotency keys."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import request

from api.idempotency.services import Call, once
from api.product import product
from engine.actor import Actor
from engine.runtime.work import Work

HEADER = "Idempotency-Key"
T = TypeVar("T")


def create(actor: Actor, command: Callable[[Work], T], *, caller: str | None = None, content: bytes | None = None) -> T:
    """Run a creating command in one transaction with the caller's `Idempotency-Key`, if there is one.

    `command` answers a JSON value. `caller` names the key's owner where the actor does not (a log-in); `content` is
    what was sent, where the body was read as a form and cannot be read again.
    """
    engine = product().engine
    key = request.headers.get(HEADER)
    if key is None:
        return engine.transact(actor, command)
    call = Call(key, caller or actor.id, f"{request.method} {request.full_path}", request.get_data() if content is None else content)

    def run(work: Work) -> Any:
        return once(work.session, call, lambda: command(work))

    answer: T = engine.transact(actor, run)
    return answer
