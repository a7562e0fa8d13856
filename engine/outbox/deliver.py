"""The handler that sends one delivery: a transaction before, none while it talks, a transaction after."""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import Engine, LargeBinary, bindparam, literal_column, select, type_coerce, update
from sqlalchemy.orm import Session, defer

from engine import clock, crypto
from engine.db import tables, transaction
from engine.errors import BihuanError
from engine.jobs.dispatch import queue_delivery
from engine.jobs.port import JobQueue
from engine.outbox import incidents
from engine.outbox.backoff import Backoff
from engine.outbox.errors import Refused, RetryLater
from engine.outbox.models import DEAD, DELIVERY, DONE, PENDING, QUEUED, WAITING, Delivery
from engine.prepared import Call, Prepared, together
from engine.registry import Sender

(TABLE,) = tables(Delivery)
_THIS = TABLE.c.id == bindparam("delivery")
_BEGIN = Prepared(
    update(TABLE)
    .where(_THIS, TABLE.c.state == QUEUED)
    .values(attempts=TABLE.c.attempts + 1, queued_at=bindparam("now"))
    .returning(
        TABLE.c.id,
        TABLE.c.seq,
        TABLE.c.attempts,
        TABLE.c.connector,
        TABLE.c.business_key,
        TABLE.c.last_error,
        type_coerce(TABLE.c.body, LargeBinary).label("sealed"),
    )
)
_SENT = Prepared(update(TABLE).where(_THIS).values(state=DONE, settled_at=bindparam("now"), last_error=None))
_NEXT = Prepared(
    select(TABLE.c.id, TABLE.c.state, TABLE.c.due_at)
    .where(
        TABLE.c.connector == bindparam("connector"),
        TABLE.c.business_key == bindparam("case"),
        TABLE.c.seq != bindparam("seq"),
        TABLE.c.state.in_([literal_column(f"'{state}'") for state in PENDING]),  # as the partial index has it
    )
    .order_by(TABLE.c.seq)
    .limit(1)
    .with_for_update()
)
_QUEUE = Prepared(update(TABLE).where(_THIS).values(state=QUEUED, queued_at=bindparam("now")))

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery that is being sent, as its row was when that began. `sealed` is its body as it is stored."""

    id: str
    seq: int
    attempts: int
    connector: str
    business_key: str
    last_error: str | None
    sealed: bytes


class Deliverer:
    """Handler of the job kind `deliver`, in stages. It may run twice for one attempt (a kill between sending and writing it
    down): the receiver then knows the delivery's id, so that it is sent once in effect."""

    def __init__(self, database: Engine, queue: JobQueue, senders: Mapping[str, Sender], backoff: Backoff | None = None) -> None:
        self._database = database
        self._queue = queue
        self._senders = senders
        self._backoff = backoff or Backoff()

    def __call__(self, delivery_id: str) -> None:
        """Send the delivery unless it is done, cancelled or not its turn."""
        with transaction(self._database) as session:
            attempt = self.begin(session, delivery_id=delivery_id)
        if attempt is None:
            return
        failure = self.run(attempt)
        with transaction(self._database) as session:
            self.end(session, attempt, failure)

    def begin(self, session: Session, /, *, delivery_id: str) -> Attempt | None:
        """Count an attempt; None for a delivery that is done, cancelled or not its turn."""
        row = _BEGIN.first(session.connection(), {"delivery": delivery_id, "now": clock.now()})
        return None if row is None else Attempt(*row)

    def run(self, attempt: Attempt, /) -> Exception | None:
        """Send it; answers what went wrong."""
        sender = self._senders.get(attempt.connector)
        if sender is None:
            return Refused(
                f"没有名为 {attempt.connector} 的连接器，请在设置中启用后重试。 "
                f"There is no connector named {attempt.connector}: enable it in the settings, then retry."
            )
        try:
            sender(attempt.id, orjson.loads(crypto.current().open(bytes(attempt.sealed))))
        except Exception as failure:  # whatever a sender raises, the delivery must be accounted for
            log.warning(
                "delivery failed", delivery=attempt.id, connector=attempt.connector, attempt=attempt.attempts, error=_cause(failure)
            )
            return failure
        return None

    def end(self, session: Session, attempt: Attempt, failure: Exception | None, /) -> None:
        """Write down how it went, and queue the case's next delivery."""
        now = clock.now()
        if failure is not None:
            self._failed(session, attempt, failure)
            return
        _sent, after = together(session.connection(), [(_SENT, {"delivery": attempt.id, "now": now}), self._after(attempt)])
        if attempt.last_error is not None:
            incidents.resolve(session, attempt.id, now)
        self._next(session, attempt, after.rows)

    def _failed(self, session: Session, attempt: Attempt, failure: Exception) -> None:
        now = clock.now()
        delivery = session.scalars(select(Delivery).where(Delivery.id == attempt.id).options(defer(Delivery.body)).with_for_update()).one()
        if delivery.state != QUEUED or delivery.attempts != attempt.attempts:
            return  # a second run of the same delivery has overtaken this one and answers for it
        delivery.last_error = failure.message if isinstance(failure, BihuanError) else type(failure).__name__
        pause = None if isinstance(failure, Refused) else self._backoff.pause(attempt.attempts, _wish(failure))
        if pause is not None:
            delivery.state, delivery.due_at, delivery.queued_at = WAITING, now + pause, None
            return
        delivery.state, delivery.settled_at = DEAD, now
        trace = "".join(traceback.format_exception(failure))
        place, case = delivery.connector, delivery.business_key
        incidents.report(session, DELIVERY, failure, now, place=place, business_key=case, delivery_id=delivery.id, trace=trace)
        self._next(session, attempt, together(session.connection(), [self._after(attempt)])[0].rows)

    @staticmethod
    def _after(attempt: Attempt) -> Call:
        return _NEXT, {"connector": attempt.connector, "case": attempt.business_key, "seq": attempt.seq}

    def _next(self, session: Session, attempt: Attempt, found: Sequence[Any]) -> None:
        """Queue the case's next delivery at once; it would wait for the dispatcher's tick otherwise."""
        now = clock.now()
        for after in found:
            if after.state == WAITING and after.due_at <= now:
                _QUEUE.run(session.connection(), {"delivery": after.id, "now": now})
                queue_delivery(session, self._queue, after.id, attempt.connector, attempt.business_key)


def _wish(failure: Exception) -> timedelta | None:
    return failure.after if isinstance(failure, RetryLater) else None


def _cause(failure: Exception) -> str:
    return failure.code if isinstance(failure, BihuanError) else type(failure).__name__
