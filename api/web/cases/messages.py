"""The messages of a case with what became of each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.web import words
from api.web.i18n import N_
from connectors.sms.services import CANCELLED, FAILED, SENT, WAITING, Told, of_case

UNSENT = N_("未发送")
STATES = {
    SENT: (N_("已送出"), "done"),
    FAILED: (N_("送不出"), "late"),
    CANCELLED: (N_("已取消"), ""),
    WAITING: (N_("待发送"), "wait"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """One message. `to`, `state` and `why` (it was not sent) are messages to translate; `style` is the badge's."""

    at: datetime
    to: str
    phone: str
    text: str
    state: str
    style: str
    why: str


def messages_of(session: Session, case_no: str) -> list[Sent]:
    """The messages of a case, oldest first."""
    return [_sent(told) for told in of_case(session, case_no)]


def _sent(told: Told) -> Sent:
    what, style = (UNSENT, "wait") if told.reason else STATES[told.state]
    why = words.word(words.UNSENT, told.reason)
    return Sent(told.at, words.word(words.SIDES, told.side), told.phone or "", told.text, what, style, why)
