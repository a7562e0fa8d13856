"""What the connectors lend to the diagrams and to the outbox; called once by the bootstrap."""

from sqlalchemy.orm import Session, sessionmaker

from connectors.oa import operations as oa
from connectors.oa.client import OaSender
from connectors.sms import operations as sms
from connectors.sms.client import HttpGateway
from connectors.sms.mailbox import Mailbox
from connectors.sms.provider import NoGateway, SmsProvider, SmsSender
from engine.registry import Registry
from engine.settings import Settings


def register(registry: Registry, sessions: sessionmaker[Session], settings: Settings, centre_phone: str = "") -> None:
    """Register `sms.send`, `oa.push` and their senders. `centre_phone` is the duty number at the centre, if there is one."""
    sms.register(registry, centre_phone)
    oa.register(registry)
    registry.senders[sms.CONNECTOR] = SmsSender(sms_provider(sessions, settings))
    registry.senders[oa.CONNECTOR] = OaSender(sessions)


def sms_provider(sessions: sessionmaker[Session], settings: Settings) -> SmsProvider:
    """The gateway when the settings name one, else the mailbox; production never takes the mailbox."""
    if settings.sms_url and settings.sms_key:
        return HttpGateway(settings.sms_url, settings.sms_key)
    return NoGateway() if settings.production else Mailbox(sessions)
