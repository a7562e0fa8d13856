"""Citizens: remembered once by phone and name, found again by phone; and the numbers that want no messages."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from engine import crypto
from engine.actor import Actor
from engine.inserts import insert_once
from engine.prepared import Prepared
from forms.phones import normalise, tidy
from processes.registry.citizens.errors import BadCitizen, NoSuchCitizen
from processes.registry.citizens.models import Citizen, OptOut

LONGEST_NAME = 64


class Identity(NamedTuple):
    """By what a citizen is told from others: two blind indexes. Two people may share a phone."""

    phone_index: str
    name_index: str


_KNOWN: Final = Prepared(
    select(Citizen.id).where(Citizen.phone_index == bindparam("phone_index"), Citizen.name_index == bindparam("name_index"))
)


def identity(name: str, phone: str) -> Identity:
    """The indexes of a name and a phone, however they are written. Raises `BadCitizen` naming the field."""
    errors = {}
    clean, number = _clean(name), normalise(phone)
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        errors["name"] = "请填写姓名（不超过 64 字）。 Give a name of at most 64 characters."
    if number is None:
        errors["phone"] = "电话号码不正确，固定电话请带区号。 This is no telephone number; write a landline with its area code."
    if errors:
        raise BadCitizen(errors=errors)
    return Identity(crypto.current().index(f"phone {number}"), name_index(name))


def remember(session: Session, name: str, phone: str, now: datetime) -> int:
    """The id of the citizen with this name and phone, entered now if not known yet. Raises `BadCitizen` naming the field."""
    indexes = identity(name, phone)._asdict()
    known: int | None = _KNOWN.scalar(session.connection(), indexes)
    if known is None:
        insert_once(session, Citizen, {"name": _clean(name), "phone": tidy(phone), "created_at": now, **indexes})
        known = _KNOWN.scalar(session.connection(), indexes)
        assert known is not None, "it was inserted here, or by somebody else before"
    return known


def citizen_of(session: Session, citizen_id: int) -> Citizen:
    """A citizen by id. Raises `NoSuchCitizen`."""
    citizen = session.get(Citizen, citizen_id)
    if citizen is None:
        raise NoSuchCitizen
    return citizen


def with_phone(session: Session, phone: str) -> Sequence[Citizen]:
    """Everybody known under a phone number, however it is written; nobody for what is no number."""
    if normalise(phone) is None:
        return []
    return session.scalars(select(Citizen).where(Citizen.phone_index == phone_index(phone)).order_by(Citizen.id)).all()


def phone_index(phone: str) -> str:
    """The blind index of a phone number: the same for every way of writing it."""
    return crypto.current().index(f"phone {normalise(phone) or tidy(phone)}")


def name_index(name: str) -> str:
    """The blind index of a whole name: the same for every way of writing it."""
    return crypto.current().index(f"name {_clean(name).casefold()}")


def opt_out(session: Session, phone: str, actor: Actor, now: datetime) -> None:
    """Send no more messages to a number (退订)."""
    insert_once(session, OptOut, {"phone_index": phone_index(phone), "at": now, "by": actor.id})


def wants_none(session: Session, phone: str) -> bool:
    """Whether the owner of a number wants no messages."""
    return session.get(OptOut, phone_index(phone)) is not None


def opt_in(session: Session, phone: str) -> None:
    """Send messages to a number again."""
    session.execute(delete(OptOut).where(OptOut.phone_index == phone_index(phone)))


def _clean(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split())
