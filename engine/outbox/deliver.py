"""The handler that sends one delivery: a transaction before, none while it talks, a transaction after."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from engine import clock
from engine.errors import BihuanError
from engine.jobs.dispatch import queue_delivery
from engine.jobs.port import JobQueue
from engine.outbox import incidents
from engine.outbox.backoff import Backoff
from engine.outbox.errors import Refused, RetryLater
from engine.outbox.models import DEAD, DONE, PENDING, QUEUED, WAITING, Delivery
from engine.registry import Sender

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Attempt:
    number: int
    connector: str
    body: Mapping[str, Any]


class Deliverer:
    """Handler of the job kind `deliver`. It may run twice for one attempt (a kill between sending and writing it down):
    the receiver then knows the delivery's id, so that it is sent once in effect."""

    def __init__(self, database: Engine, queue: JobQueue, senders: Mapping[str, Sender], backoff: Backoff | None = None) -> None:
        self._database = database
        self._queue = queue
        self._senders = senders
        self._backoff = backoff or Backoff()

    def __call__(self, delivery_id: str) -> None:
        """Send the delivery unless it is done, cancelled or not its turn."""
        attempt = self._begin(delivery_id)
        if attempt is None:
            return
        failure = self._send(delivery_id, attempt)
        with Session(self._database) as session, session.begin():
            delivery = session.scalars(select(Delivery).where(Delivery.id == delivery_id).with_for_update()).one()
            self._conclude(session, delivery, attempt.number, failure)

    def _begin(self, delivery_id: str) -> _Attempt | None:
        with Session(self._database) as session, session.begin():
            delivery = session.scalars(select(Delivery).where(Delivery.id == delivery_id).with_for_update()).one_or_none()
            if delivery is None or delivery.state != QUEUED:
                return None
            delivery.attempts += 1
            delivery.queued_at = clock.now()
            return _Attempt(delivery.attempts, delivery.connector, delivery.body)

    def _send(self, delivery_id: str, attempt: _Attempt) -> Exception | None:
        sender = self._senders.get(attempt.connector)
        if sender is None:
            return Refused(
                f"没有名为 {attempt.connector} 的连接器，请在设置中启用后重试。 "
                f"There is no connector named {attempt.connector}: enable it in the settings, then retry."
            )
        try:
            sender(delivery_id, attempt.body)
        except Exception as failure:  # whatever a sender raises, the delivery must be accounted for
            log.warning("delivery failed", delivery=delivery_id, connector=attempt.connector, attempt=attempt.number, error=_cause(failure))
            return failure
        return None

    def _conclude(self, session: Session, delivery: Delivery, number: int, failure: Exception | None) -> None:
        now = clock.now()
        if failure is None:
            delivery.state, delivery.settled_at, delivery.last_error = DONE, now, None
            incidents.resolve(session, delivery.id, now)
            self._next(session, delivery)
            return
        if delivery.state != QUEUED or delivery.attempts != number:
            return  # a second run of the same delivery has overtaken this one and answers for it
        delivery.last_error = failure.message if isinstance(failure, BihuanError) else type(failure).__name__
        pause = None if isinstance(failure, Refused) else self._backoff.pause(number, _wish(failure))
        if pause is not None:
            delivery.state, delivery.due_at, delivery.queued_at = WAITING, now + pause, None
            return
        delivery.state, delivery.settled_at = DEAD, now
        trace = "".join(traceback.format_exception(failure))
        incidents.report(session, "delivery", failure, now, business_key=delivery.business_key, delivery_id=delivery.id, trace=trace)
        self._next(session, delivery)

    def _next(self, session: Session, delivery: Delivery) -> None:
        """Queue the case's next delivery at once; it would wait for the dispatcher's tick otherwise."""
        now = clock.now()
        after = session.scalars(
            select(Delivery)
            .where(
                Delivery.connector == delivery.connector,
                Delivery.business_key == delivery.business_key,
                Delivery.seq != delivery.seq,
                Delivery.state.in_(PENDING),
            )
            .order_by(Delivery.seq)
            .limit(1)
            .with_for_update()
        ).one_or_none()
        if after is not None and after.state == WAITING and after.due_at <= now:
            after.state, after.queued_at = QUEUED, now
            queue_delivery(session, self._queue, after.id, after.connector, after.business_key)


def _wish(failure: Exception) -> timedelta | None:
    return failure.after if isinstance(failure, RetryLater) else None


def _cause(failure: Exception) -> str:
    return failure.code if isinstance(failure, BihuanError) else type(failure).__name__
