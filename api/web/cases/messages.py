"""The messages of a case with what became of each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.web import words
from api.web.i18n import N_
from connectors.sms.models import SmsMessage
from engine.outbox.models import CANCELLED, DEAD, DONE, Delivery

UNSENT = N_("未发送")
STATES = {DONE: (N_("已送出"), "done"), DEAD: (N_("送不出"), "late"), CANCELLED: (N_("已取消"), "")}
WAITING = (N_("待发送"), "wait")


@dataclass(frozen=True, slots=True)
class Sent:
    """One message. `to` and `state` are messages to translate; `style` is the badge's."""

    at: datetime
    to: str
    phone: str
    text: str
    state: str
    style: str


def messages_of(session: Session, case_no: str) -> list[Sent]:
    """The messages of a case, oldest first."""
    query = (
        select(SmsMessage, Delivery.state)
        .outerjoin(Delivery, Delivery.id == SmsMessage.delivery_id)
        .where(SmsMessage.case_no == case_no)
        .order_by(SmsMessage.at, SmsMessage.id)
    )
    return [_sent(message, state) for message, state in session.execute(query)]


def _sent(message: SmsMessage, state: str | None) -> Sent:
    if message.unsent:
        what, style = words.UNSENT.get(message.unsent, UNSENT), ""
    else:
        what, style = STATES.get(state or "", WAITING)
    return Sent(message.at, words.word(words.SIDES, message.side), message.phone or "", message.text, what, style)
