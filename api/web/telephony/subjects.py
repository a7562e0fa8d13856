"""What a task is about while there is no case yet: the call."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.web.i18n import N_, language, translate
from api.web.telephony import naming
from api.web.words import word
from processes.registry.citizens.masking import mask_phone
from telephony.calls import ids
from telephony.calls.models import PhoneCall


def subjects(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """Of some business keys those that are calls, each in words of the reader's language: `来电 139****1234`. Nothing is asked of the
    database when none is."""
    calls = [key for key in keys if ids.is_call(key)]
    if not calls:
        return {}
    rows = session.execute(select(PhoneCall.id, PhoneCall.kind, PhoneCall.number).where(PhoneCall.id.in_(calls)))
    withheld = translate(N_("号码不显示"), language())
    return {row.id: f"{translate(word(naming.KINDS, row.kind), language())} {mask_phone(row.number) or withheld}" for row in rows}
