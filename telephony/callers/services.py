"""The citizens known under a number and the classes of who calls from it, each by an index (C28)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, literal, select, union_all
from sqlalchemy.orm import Session

from processes.registry.citizens.classes import IMPORTANT, VIP
from processes.registry.citizens.models import Citizen, CitizenClass
from processes.registry.citizens.services import phone_index
from processes.registry.elders.models import Elder, ElderDevice
from telephony.blacklist import services as blacklist

ELDER, PAGER, BLOCKED = "elder", "elder_pager", "blocked"
CLASSES: Final = (ELDER, PAGER, VIP, IMPORTANT, BLOCKED)
"""老年人, 老年人一招灵, VIP客户, 重要客户, 黑名单."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who may call from a number: `citizens` by id with their names, `classes` in the order of `CLASSES`."""

    citizens: dict[int, str]
    classes: tuple[str, ...]

    @property
    def blocked(self) -> bool:
        """Whether the number is on the blacklist."""
        return BLOCKED in self.classes


def caller(session: Session, number: str, now: datetime) -> Caller:
    """What the registers know of a number, in three statements."""
    index = phone_index(number)
    known = (
        select(Citizen.id, Citizen.name, CitizenClass.name.label("class_name"))
        .outerjoin(CitizenClass, CitizenClass.citizen_id == Citizen.id)
        .where(Citizen.phone_index == index)
        .order_by(Citizen.id)
    )
    rows = session.execute(known).all()
    elder = _elder(session, index)
    there = {row.class_name for row in rows}
    there |= {ELDER} if elder else set()
    there |= {PAGER} if any(elder) else set()
    there |= {BLOCKED} if blacklist.blocked(session, number, now) else set()
    return Caller({row.id: row.name for row in rows}, tuple(name for name in CLASSES if name in there))


def _elder(session: Session, index: str) -> Sequence[bool]:
    """For each elder's device under this number, and each elder without one: whether it is one in use."""
    device: ColumnElement[bool] = ElderDevice.code.is_not(None)
    own = (
        select(device.label("device"))
        .select_from(Citizen)
        .join(Elder, Elder.citizen_id == Citizen.id)
        .outerjoin(ElderDevice, and_(ElderDevice.elder_id == Elder.id, ElderDevice.active))
        .where(Citizen.phone_index == index)
    )
    line = select(literal(True)).select_from(ElderDevice).where(ElderDevice.line_index == index, ElderDevice.active)
    return [bool(row[0]) for row in session.execute(union_all(own, line))]
