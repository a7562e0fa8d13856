"""The messages of a case for its page, with what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.sms.models import SmsMessage
from engine.outbox import models as outbox
from engine.outbox.models import Delivery

SENT, WAITING, FAILED, CANCELLED, UNSENT = "sent", "waiting", "failed", "cancelled", "unsent"
_STATES = {outbox.DONE: SENT, outbox.DEAD: FAILED, outbox.CANCELLED: CANCELLED}


@dataclass(frozen=True, slots=True)
class Told:
    """One message of a case as its page shows it. `state` is `sent`, `waiting`, `failed`, `cancelled` or `unsent`; `phone` is masked.

    `reason` says why an unsent one could not be sent (`receivers.REASONS`); `settled_at` when it went out or was given up.
    """

    at: datetime
    template: str
    side: str
    receiver: str
    phone: str | None
    text: str
    state: str
    reason: str | None
    attempts: int
    settled_at: datetime | None


def of_case(session: Session, case_no: str) -> Sequence[Told]:
    """Everything that was to be told about a case, oldest first (C33)."""
    rows = session.execute(
        select(SmsMessage, Delivery.state, Delivery.attempts, Delivery.settled_at)
        .outerjoin(Delivery, Delivery.id == SmsMessage.delivery_id)
        .where(SmsMessage.case_no == case_no)
        .order_by(SmsMessage.at, SmsMessage.id)
    ).all()
    return [
        Told(
            at=message.at,
            template=message.template,
            side=message.side,
            receiver=message.receiver,
            phone=message.phone,
            text=message.text,
            state=UNSENT if message.unsent else _STATES.get(state, WAITING),
            reason=message.unsent,
            attempts=attempts or 0,
            settled_at=settled_at,
        )
        for message, state, attempts, settled_at in rows
    ]
