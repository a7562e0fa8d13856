"""VIP客户 and 重要客户: which citizens are, by whose word and since when (C28, G14)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.errors import Forbidden
from engine.inserts import insert_once
from processes.registry.audit import services as audit
from processes.registry.citizens.models import Citizen, CitizenClass

VIP, IMPORTANT = "vip", "important"
CLASSES: Final = (VIP, IMPORTANT)
GIVERS: Final = frozenset({"shift_leader", "admin"})


class NotForYou(Forbidden):
    """只有值班长和管理员可以设定客户类别。 Only shift leaders and administrators set customers' classes."""

    code = "customer-classes"


class Classed(NamedTuple):
    """A citizen with a class."""

    citizen: Citizen
    given: CitizenClass


def may_give(actor: Actor) -> bool:
    """Whether somebody may say which class a citizen is of."""
    return actor.override or bool(actor.groups & GIVERS)


def of_citizen(session: Session, citizen_id: int) -> Sequence[CitizenClass]:
    """The classes of a citizen, VIP first."""
    rows = session.scalars(select(CitizenClass).where(CitizenClass.citizen_id == citizen_id)).all()
    return sorted(rows, key=lambda row: CLASSES.index(row.name))


def register(session: Session, name: str | None, before: int | None, limit: int) -> list[Classed]:
    """Citizens of one class, or of any, the last entered first; `before` is the number of the last one already seen."""
    query = select(Citizen, CitizenClass).join(CitizenClass, CitizenClass.citizen_id == Citizen.id)
    if name is not None:
        query = query.where(CitizenClass.name == name)
    if before is not None:
        query = query.where(CitizenClass.id < before)
    return [Classed(*row) for row in session.execute(query.order_by(CitizenClass.id.desc()).limit(limit))]


def give(session: Session, actor: Actor, citizen_id: int, name: str, now: datetime) -> None:
    """A citizen is of a class from now on; nothing when they are already. Goes on record. Raises `Forbidden`."""
    _require(actor)
    if insert_once(session, CitizenClass, {"citizen_id": citizen_id, "name": name, "by": actor.id, "at": now}):
        audit.record(session, actor, "citizen.class_given", str(citizen_id), {"class": name})


def take(session: Session, actor: Actor, citizen_id: int, name: str) -> bool:
    """A citizen is of a class no more; whether they were. Goes on record. Raises `Forbidden`."""
    _require(actor)
    gone = delete(CitizenClass).where(CitizenClass.citizen_id == citizen_id, CitizenClass.name == name).returning(CitizenClass.id)
    if session.scalar(gone) is None:
        return False
    audit.record(session, actor, "citizen.class_taken", str(citizen_id), {"class": name})
    return True


def _require(actor: Actor) -> None:
    if not may_give(actor):
        raise NotForYou(roles=sorted(GIVERS))
