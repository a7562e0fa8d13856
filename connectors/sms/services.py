"""The messages of a case for its page, and numbers that want none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connectors.sms.models import SmsMessage, SmsOptOut
from connectors.sms.templates import label
from engine.actor import Actor
from engine.inserts import insert_once
from engine.outbox.models import CANCELLED, DEAD, DONE, Delivery
from processes.registry.citizens.services import phone_index

SENT, WAITING, FAILED, UNSENT = "sent", "waiting", "failed", "unsent"
_STATES = {DONE: SENT, DEAD: FAILED, CANCELLED: FAILED}
REASONS = {
    "anonymous": ("匿名，无号码", "anonymous, no number"),
    "no_phone": ("没有登记号码", "no number on record"),
    "no_text": ("没有适用的模板", "no template for this receiver"),
    "no_unit": ("尚无承办单位", "no unit yet"),
    "opted_out": ("已退订", "opted out"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One message of a case as its page shows it. `state` is `sent`, `waiting`, `failed` or `unsent`; `phone` is masked.

    `reason` is a key of `REASONS` for an unsent message; `settled_at` when it went out or was given up.
    """

    at: datetime
    template: str
    label: str
    side: str
    receiver: str
    phone: str | None
    text: str
    state: str
    reason: str | None
    attempts: int
    settled_at: datetime | None


def of_case(session: Session, case_no: str, language: str = "zh") -> Sequence[Told]:
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
            label=label(message.template, language),
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


def opt_out(session: Session, phone: str, actor: Actor, now: datetime) -> None:
    """Send no more messages to a number (退订)."""
    insert_once(session, SmsOptOut, {"phone_index": phone_index(phone), "at": now, "by": actor.id})


def opt_in(session: Session, phone: str) -> None:
    """Send messages to a number again."""
    session.execute(delete(SmsOptOut).where(SmsOptOut.phone_index == phone_index(phone)))
