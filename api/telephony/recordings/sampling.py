"""抽听: after the calls, a supervisor hears one that chance picks (T14)."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.auth.rights import HEAR_CALLS
from engine import chance
from engine.actor import Actor
from processes.registry.accounts.models import Account, Membership
from telephony.calls.models import PhoneCall, PhoneLeg
from telephony.recordings.archive import LOST
from telephony.recordings.models import CALL, Listening, Recording

DAYS: Final = (1, 7, 30)
"""How many days back a page offers to look."""
USUAL: Final = 7
LONGEST: Final = 90


def pick(session: Session, actor: Actor, since: datetime, agent: str = "") -> Recording | None:
    """The recording of a talk that began since then and that nobody who supervises has heard yet; None when there is none.

    Without an agent it is of one whom chance picks first: who talks little is heard as often as who talks much. Never a
    call in which the actor spoke, however it was transferred.
    """
    if not agent:
        agents = session.scalars(_unheard(Recording.agent, actor, since).distinct().order_by(Recording.agent)).all()
        if not agents:
            return None
        agent = chance.one_of(agents)
    names = session.scalars(_unheard(Recording.name, actor, since).where(Recording.agent == agent).order_by(Recording.name)).all()
    return session.get(Recording, chance.one_of(names)) if names else None


def _unheard(what: InstrumentedAttribute[Any], actor: Actor, since: datetime) -> Select[Any]:
    checking = select(Account.username).join(Account.memberships).where(Membership.role_code.in_(HEAR_CALLS))
    themselves = select(PhoneLeg.id).where(PhoneLeg.call_id == PhoneCall.id, PhoneLeg.agent == Listening.by)
    listened = (Listening.recording == Recording.name, Listening.by != Recording.agent, Listening.by.in_(checking))
    heard = select(Listening.id).where(*listened, ~themselves.exists())
    own = select(PhoneLeg.id).where(PhoneLeg.call_id == PhoneCall.id, PhoneLeg.agent == actor.id)
    there = (Recording.kind == CALL, Recording.sha256.not_in(("", LOST)))
    talks = select(what).select_from(PhoneCall).join(Recording, Recording.call_id == PhoneCall.id)
    return talks.where(PhoneCall.began_at >= since, Recording.agent != actor.id, *there, ~own.exists(), ~heard.exists())
