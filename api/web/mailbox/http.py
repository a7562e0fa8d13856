"""The mailbox page, in the demo only."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template, request
from sqlalchemy import select

from api.auth import guard
from api.product import product
from api.web.people import CENTRE
from api.web.words import SIDES, word
from connectors.sms.models import MailboxMessage
from engine.errors import NotFound
from processes.registry.citizens.masking import mask_phone

pages = Blueprint("mailbox", __name__)
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `to` is whom it would have reached, with the number masked."""

    at: datetime
    to: str
    side: str
    text: str
    case_no: str


@pages.get("/mailbox")
def show() -> str:
    """The newest messages, of one case when asked for. Raises `NotFound` where messages really go out."""
    guard.require(*CENTRE)
    if product().settings.production:
        raise NotFound
    case_no = request.args.get("case_no", "").strip()
    query = select(MailboxMessage).order_by(MailboxMessage.received_at.desc(), MailboxMessage.id).limit(SHOWN)
    if case_no:
        query = query.where(MailboxMessage.case_no == case_no)
    with product().engine.read() as session:
        messages = [_message(one) for one in session.scalars(query)]
    return render_template("mailbox/page.html", messages=messages, case_no=case_no)


def _message(one: MailboxMessage) -> Message:
    return Message(one.received_at, mask_phone(one.phone), word(SIDES, one.side), one.text, one.case_no)
