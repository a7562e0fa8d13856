"""The recordings of a case's calls on its page, for those who may hear them: what was said, by whom, and what it is waiting for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.product import product
from api.telephony.recordings import services as recordings
from api.web import words
from api.web.i18n import N_
from api.web.telephony import naming
from engine.actor import Actor
from telephony.calls.models import PhoneCall
from telephony.recordings.archive import LOST
from telephony.recordings.models import VOICEMAIL, Recording

TALKING, FETCHING, GONE = N_("通话中"), N_("处理中"), N_("已丢失")
MESSAGE, HEARD = N_("留言"), N_("听取留言")


@dataclass(frozen=True, slots=True)
class Sound:
    """One recording, or a call that still lasts and has none yet. `what`, `state` and `reason` are messages to translate; `name` is
    there when it can be played; `guessed` when only number and time say that it belongs to the case; `reason` is one to listen that
    need not be thought of."""

    at: datetime
    what: str
    agent: str
    seconds: int
    state: str = ""
    style: str = ""
    name: str = ""
    guessed: bool = False
    reason: str = ""


def sounds_of(session: Session, actor: Actor, case_no: str) -> list[Sound]:
    """What an actor may hear of a case, the first call first; nothing for who hears none, and without an exchange."""
    return [sound for call in recordings.of_case(session, actor, case_no) for sound in _sounds(call)] if _hears(actor) else []


def sounds_of_call(session: Session, actor: Actor, call_id: str) -> list[Sound]:
    """What an actor may hear of a call whose task is at hand: the message (留言) to be heard, for one."""
    return [sound for call in recordings.of_call(session, actor, call_id) for sound in _sounds(call)] if _hears(actor) else []


def _hears(actor: Actor) -> bool:
    return product().settings.ari_url is not None and recordings.hears(actor)


def _sounds(heard: recordings.CallSounds) -> Iterator[Sound]:
    for each in heard.recordings:
        yield _kept(heard.call, each, guessed=heard.guessed)
    if heard.call.ended_at is None:
        yield Sound(heard.call.began_at, _what(heard.call), heard.call.agent or "", 0, TALKING, "open", guessed=heard.guessed)


def _kept(call: PhoneCall, one: Recording, *, guessed: bool) -> Sound:
    what, reason = (MESSAGE, HEARD) if one.kind == VOICEMAIL else (_what(call), "")
    state, style = {"": (FETCHING, "wait"), LOST: (GONE, "fail")}.get(one.sha256, ("", ""))
    return Sound(call.began_at, what, one.agent or "", one.seconds, state, style, "" if state else one.name, guessed, reason)


def _what(call: PhoneCall) -> str:
    return words.word(naming.KINDS, call.kind)
