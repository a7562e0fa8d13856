"""Which case a pager's key opened last: pressed again while that one is an emergency, it opens no second one (C38, T23)."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from engine import keylocks
from engine.inserts import insert_once
from processes.contacts.models import ALARM_KEY, ALARM_OWNER, PagerAlarm


def last_case(session: Session, owner: str, key: str) -> str | None:
    """The case that an owner's key opened last. Presses of one key come one after the other from here on."""
    keylocks.hold(session, f"pager {owner} {key}")
    alarm = session.get(PagerAlarm, _named(owner, key))
    return None if alarm is None else alarm.case_no


def raised(session: Session, owner: str, key: str, case_no: str) -> None:
    """An owner's key has opened a case."""
    whose, which = _named(owner, key)
    if not insert_once(session, PagerAlarm, {"owner": whose, "key": which, "case_no": case_no}):
        session.execute(update(PagerAlarm).where(PagerAlarm.owner == whose, PagerAlarm.key == which).values(case_no=case_no))


def _named(owner: str, key: str) -> tuple[str, str]:
    return owner[:ALARM_OWNER], key[:ALARM_KEY]
