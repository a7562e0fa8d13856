"""A callback counts once: the first one is answered and remembered, its repeats are answered the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from connectors.oa.models import ReceivedWebhook
from engine import clock
from engine.actor import Actor
from engine.db import tables
from engine.errors import BihuanError, Conflict, Forbidden, Invalid, Malformed, NotFound
from engine.inserts import insert_once
from engine.prepared import Prepared
from engine.runtime.engine import Engine
from engine.runtime.work import Work

OK = 200
_FINAL = (Conflict, Forbidden, Invalid, Malformed, NotFound)
"""Refusals that are answers; any other failure is ours, is not remembered, and may be repeated under the same id."""
(RECEIVED,) = tables(ReceivedWebhook)
_THIS = (RECEIVED.c.unit == bindparam("b_unit"), RECEIVED.c.webhook_id == bindparam("b_webhook"))
_STORED: Final = Prepared(select(RECEIVED.c.status, RECEIVED.c.answer).where(*_THIS))
_ANSWER: Final = Prepared(update(RECEIVED).where(*_THIS).values(status=bindparam("status"), answer=bindparam("answer")))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told: an HTTP status and a JSON body."""

    status: int
    body: dict[str, Any]


def answer_once(
    engine: Engine,
    actor: Actor,
    unit: str,
    webhook_id: str,
    apply: Callable[[Work], Mapping[str, Any]],
    problem: Callable[[BihuanError], Answer],
) -> Answer:
    """Apply a callback whose signature was good, in one command with the note that it came; `problem` words a refusal.

    A repeat of the id changes nothing and gets the stored answer, a refusal too. Raises what is no refusal (`StepFailed`, …).
    """

    def command(work: Work) -> Answer:
        if (before := _remember(work.session, unit, webhook_id, Answer(OK, {}))) is not None:
            return before
        answer = Answer(OK, dict(apply(work)))
        values = {"b_unit": unit, "b_webhook": webhook_id, "status": answer.status, "answer": answer.body}
        _ANSWER.run(work.session.connection(), values)
        return answer

    try:
        return engine.transact(actor, command)
    except _FINAL as refusal:
        refused = problem(refusal)
        return engine.transact(actor, lambda work: _remember(work.session, unit, webhook_id, refused) or refused)


def _remember(session: Session, unit: str, webhook_id: str, answer: Answer) -> Answer | None:
    """Note a callback; answers what an earlier one of the same id was answered, if there was one."""
    row = {"unit": unit, "webhook_id": webhook_id, "status": answer.status, "answer": answer.body, "received_at": clock.real_now()}
    if insert_once(session, ReceivedWebhook, row):
        return None
    stored = _STORED.first(session.connection(), {"b_unit": unit, "b_webhook": webhook_id})
    return Answer(stored.status, stored.answer)
