"""Citizens: remembered once by phone and name, found again by phone."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import crypto
from engine.inserts import insert_once
from forms.phones import normalise, tidy
from processes.registry.citizens.errors import BadCitizen, NoSuchCitizen
from processes.registry.citizens.models import Citizen

LONGEST_NAME = 64


def remember(session: Session, name: str, phone: str, now: datetime) -> int:
    """The id of the citizen with this name and phone, entered now if not known yet. Two people may share a phone.

    Raises `BadCitizen` naming the field.
    """
    clean = " ".join(unicodedata.normalize("NFKC", name).split())
    errors = {}
    if not clean or len(clean) > LONGEST_NAME or not clean.isprintable():
        errors["name"] = "请填写姓名（不超过 64 字）。 Give a name of at most 64 characters."
    if normalise(phone) is None:
        errors["phone"] = "电话号码不正确，固定电话请带区号。 This is no telephone number; write a landline with its area code."
    if errors:
        raise BadCitizen(errors=errors)
    indexes = {"phone_index": phone_index(phone), "name_index": crypto.current().index(f"name {clean.casefold()}")}
    same = select(Citizen.id).filter_by(**indexes)
    known = session.scalar(same)
    if known is None:
        insert_once(session, Citizen, {"name": clean, "phone": tidy(phone), "created_at": now, **indexes})
        known = session.scalars(same).one()
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
