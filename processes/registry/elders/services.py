"""Elders: enrolled with a device and contacts, found by the device or by the line it calls on, and devices that fall silent."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from forms.phones import normalise, tidy
from processes.registry.citizens import services as citizens
from processes.registry.citizens.models import Citizen
from processes.registry.elders.errors import BadElder, DeviceExists
from processes.registry.elders.models import CODE, Elder, ElderContact, ElderDevice

ROLES = {"family": "家人", "liaison": "社区联络员", "doctor": "看护医生"}
_CODE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{CODE - 1}}}")


@dataclass(frozen=True, slots=True)
class NewContact:
    """Somebody to call; `role` is one of `ROLES`."""

    role: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class NewElder:
    """An elder to enrol with a device; `line` is the number that the device calls from, if it is known."""

    name: str
    phone: str
    device: str
    address: str
    area: str | None = None
    line: str | None = None
    health: str | None = None
    profile: str | None = None
    contacts: Sequence[NewContact] = field(default_factory=tuple)


def enrol(session: Session, new: NewElder, now: datetime) -> Elder:
    """Enrol an elder, or give one who is known a further device. Raises `BadElder` naming the fields, `BadCitizen`, `DeviceExists`."""
    errors = _errors(new)
    if errors:
        raise BadElder(errors=errors)
    if session.get(ElderDevice, new.device) is not None:
        raise DeviceExists(device=new.device)
    citizen_id = citizens.remember(session, new.name, new.phone, now)
    elder = session.scalars(select(Elder).where(Elder.citizen_id == citizen_id)).one_or_none()
    if elder is None:
        elder = Elder(
            citizen_id=citizen_id, area=new.area, address=new.address.strip(), health=new.health, profile=new.profile, created_at=now
        )
        session.add(elder)
        session.flush()
        for place, one in enumerate(new.contacts, start=1):
            session.add(ElderContact(elder_id=elder.id, place=place, role=one.role, name=one.name.strip(), phone=tidy(one.phone)))
    line = citizens.phone_index(new.line) if new.line else None
    session.add(ElderDevice(code=new.device, elder_id=elder.id, line_index=line, active=True, last_test_at=now))
    session.flush()
    return elder


def elder_with(session: Session, device: str | None) -> Elder | None:
    """Whose device this is; None for one that is not registered or no longer in use."""
    found = select(Elder).join(ElderDevice, ElderDevice.elder_id == Elder.id).where(ElderDevice.code == device, ElderDevice.active)
    return session.scalars(found).one_or_none()


def device_on_line(session: Session, phone: str) -> str | None:
    """The code of the device that calls from a number: the number of its line, else the elder's own."""
    index = citizens.phone_index(phone)
    active = select(ElderDevice.code).where(ElderDevice.active).order_by(ElderDevice.code).limit(1)
    own = active.join(Elder, Elder.id == ElderDevice.elder_id).join(Citizen, Citizen.id == Elder.citizen_id)
    return session.scalar(active.where(ElderDevice.line_index == index)) or session.scalar(own.where(Citizen.phone_index == index))


def citizen_of(session: Session, elder: Elder) -> tuple[str, str]:
    """An elder's name and phone."""
    citizen = citizens.citizen_of(session, elder.citizen_id)
    return citizen.name, citizen.phone


def contacts_of(session: Session, elder_id: int) -> Sequence[ElderContact]:
    """Whom to call for an elder, in that order."""
    return session.scalars(select(ElderContact).where(ElderContact.elder_id == elder_id).order_by(ElderContact.place)).all()


def silent(session: Session, now: datetime, days: float) -> Sequence[str]:
    """The codes of the devices that nothing was heard of for so many days, the longest silent first (T25)."""
    before = now - timedelta(days=days)
    found = select(ElderDevice.code).where(ElderDevice.active, ElderDevice.last_test_at <= before)
    return session.scalars(found.order_by(ElderDevice.last_test_at, ElderDevice.code)).all()


def heard(session: Session, devices: Collection[str], now: datetime) -> None:
    """Devices have called: by a test or by an alarm."""
    session.execute(update(ElderDevice).where(ElderDevice.code.in_(sorted(devices))).values(last_test_at=now))


def _errors(new: NewElder) -> dict[str, str]:
    errors = {}
    if not _CODE.fullmatch(new.device):
        errors["device"] = f"设备编号只能含字母、数字、点、横线（不超过 {CODE} 位）。 Letters, digits, dots and dashes, {CODE} at most."
    if not new.address.strip():
        errors["address"] = "必填。 Required."
    if new.line is not None and normalise(new.line) is None:
        errors["line"] = "不是有效的电话号码。 This is not a valid phone number."
    for place, one in enumerate(new.contacts):
        if one.role not in ROLES:
            errors[f"contacts.{place}.role"] = f"只能是：{' '.join(ROLES)}。 No such role."
        if not one.name.strip() or normalise(one.phone) is None:
            errors[f"contacts.{place}"] = "联系人要有姓名和有效的电话。 A contact needs a name and a valid phone."
    return errors
