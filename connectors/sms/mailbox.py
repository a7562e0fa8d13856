"""The demo's provider: nothing leaves the house, a page shows what would be sent."""

from sqlalchemy.orm import Session, sessionmaker

from connectors.sms.models import MailboxMessage
from connectors.sms.provider import Sms
from engine import clock
from engine.inserts import insert_once


class Mailbox:
    """Writes messages into the table `mailbox_message`; a key seen before changes nothing."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions

    def send(self, key: str, sms: Sms) -> None:
        """Put one message into the mailbox."""
        values = {"id": key, "phone": sms.to, "text": sms.text, "case_no": sms.case_no, "template": sms.template, "side": sms.side}
        with self._sessions.begin() as session:
            insert_once(session, MailboxMessage, {**values, "received_at": clock.now()})
