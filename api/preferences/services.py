"""Reading and changing what a person has chosen."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from api.preferences.models import Preference
from engine.inserts import insert_once
from engine.prepared import Prepared

ON, OFF = "on", "off"
_CHOSEN = Prepared(select(Preference.name, Preference.value).where(Preference.username == bindparam("username")))


@dataclass(frozen=True, slots=True)
class Reminders:
    """How somebody wants to hear of a new task (C18): a notice on the page unless switched off, a sound only when switched on."""

    popup: bool = True
    sound: bool = False


def reminders(session: Session, username: str) -> Reminders:
    """A person's choice, else the usual."""
    chosen = {row.name: row.value for row in _CHOSEN.all(session.connection(), {"username": username})}
    return Reminders(chosen.get("popup") != OFF, chosen.get("sound") == ON)


def choose_reminders(session: Session, username: str, chosen: Reminders) -> None:
    """Remember a person's choice."""
    for name, on in (("popup", chosen.popup), ("sound", chosen.sound)):
        row = {"username": username, "name": name}
        value = ON if on else OFF
        if not insert_once(session, Preference, {**row, "value": value}):
            session.execute(update(Preference).filter_by(**row).values(value=value))
