"""Elders: enrolled with a device and contacts, found by the device or by the line it calls on, and devices that fall silent."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from forms.phones import normalise, tidy
from processes.registry.areas.services import area
from processes.registry.citizens import services as citizens
from processes.registry.citizens.models import Citizen
from processes.registry.elders.errors import BadElder, DeviceExists
from processes.registry.elders.models import CODE, Elder, ElderContact, ElderDevice

ROLES = {"family": "家人", "liaison": "社区联络员", "doctor": "看护医生"}
LONGEST_ADDRESS, LONGEST_NOTE, LONGEST_NAME, MOST_CONTACTS = 300, 2000, 64, 20
REQUIRED = "必填。 Required."
NO_PHONE = "不是有效的电话号码。 This is not a valid phone number."
_CODE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{CODE - 1}}}")


@dataclass(frozen=True, slots=True)
class NewContact:
    """Somebody to call; `role` is one of `ROLES`."""

    role: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Particulars:
    """What is on record of an elder but for the devices (老年人资料)."""

    name: str
    phone: str
    address: str
    area: str | None = None
    health: str | None = None
    profile: str | None = None
    contacts: Sequence[NewContact] = field(default_factory=tuple)


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

    @property
    def particulars(self) -> Particulars:
        """All but the device."""
        return Particulars(self.name, self.phone, self.address, self.area, self.health, self.profile, self.contacts)


def enrol(session: Session, new: NewElder, now: datetime) -> Elder:
    """Enrol an elder, or give one who is known a further device. Raises `BadElder` naming the fields, `BadCitizen`, `DeviceExists`."""
    errors = {**mistakes(new.particulars), **device_mistakes(session, new.device, new.line)}
    if errors:
        raise BadElder(errors=errors)
    citizen_id = citizens.remember(session, new.name, new.phone, now)
    elder = session.scalars(select(Elder).where(Elder.citizen_id == citizen_id)).one_or_none()
    if elder is None:
        elder = Elder(
            citizen_id=citizen_id, area=new.area, address=new.address.strip(), health=new.health, profile=new.profile, created_at=now
        )
        session.add(elder)
        session.flush()
        set_contacts(session, elder.id, new.contacts)
    add_device(session, elder.id, new.device, new.line, now)
    return elder


def add_device(session: Session, elder_id: int, code: str, line: str | None, now: datetime) -> None:
    """Give an elder a device that was found right: a new one, or one that was taken back. Raises `DeviceExists`."""
    device = session.get(ElderDevice, code, with_for_update=True)
    if device is None:
        device = ElderDevice(code=code)
        session.add(device)
    elif device.active:
        raise DeviceExists(device=code, errors={"device": (DeviceExists.__doc__ or "").strip()})
    device.elder_id, device.active, device.last_test_at = elder_id, True, now
    set_line(device, line)
    session.flush()


def set_line(device: ElderDevice, line: str | None) -> None:
    """The number that a device calls from, or none that is known."""
    device.line, device.line_index = (tidy(line), citizens.phone_index(line)) if line else (None, None)


def set_contacts(session: Session, elder_id: int, contacts: Sequence[NewContact]) -> None:
    """Whom to call for an elder, in this order; nobody else."""
    session.execute(delete(ElderContact).where(ElderContact.elder_id == elder_id))
    for place, one in enumerate(contacts, start=1):
        session.add(ElderContact(elder_id=elder_id, place=place, role=one.role, name=one.name.strip(), phone=tidy(one.phone)))
    session.flush()


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


def mistakes(given: Particulars) -> dict[str, str]:
    """What is wrong with an elder's data, by field; name and phone are judged by the register of citizens."""
    errors = dict(_contact_mistakes(given.contacts))
    if not given.address.strip():
        errors["address"] = REQUIRED
    for name, text, most in (
        ("address", given.address, LONGEST_ADDRESS),
        ("health", given.health, LONGEST_NOTE),
        ("profile", given.profile, LONGEST_NOTE),
    ):
        if len(text or "") > most:
            errors[name] = f"不超过 {most} 字。 {most} characters at most."
    if given.area and area(given.area) is None:
        errors["area"] = "没有这个区域。 There is no such area."
    if len(given.contacts) > MOST_CONTACTS:
        errors["contacts"] = f"不超过 {MOST_CONTACTS} 人。 {MOST_CONTACTS} people at most."
    return errors


def device_mistakes(session: Session, code: str, line: str | None) -> dict[str, str]:
    """What is wrong with a device that shall call from a line; another device in use there, too."""
    errors = {}
    if not _CODE.fullmatch(code):
        errors["device"] = f"设备编号只能含字母、数字、点、横线（不超过 {CODE} 位）。 Letters, digits, dots and dashes, {CODE} at most."
    if line is None:
        return errors
    if normalise(line) is None:
        return {**errors, "line": NO_PHONE}
    taken = select(ElderDevice.code).where(ElderDevice.line_index == citizens.phone_index(line), ElderDevice.active)
    other = session.scalar(taken.where(ElderDevice.code != code))
    if other is not None:
        errors["line"] = f"这条线路上已有设备 {other}。 The device {other} is on this line already."
    return errors


def _contact_mistakes(contacts: Sequence[NewContact]) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(contacts):
        if one.role not in ROLES:
            yield f"contacts.{place}.role", f"只能是：{' '.join(ROLES)}。 No such role."
        if not one.name.strip() or len(one.name) > LONGEST_NAME:
            yield f"contacts.{place}.name", f"请填写姓名（不超过 {LONGEST_NAME} 字）。 Give a name of at most {LONGEST_NAME} characters."
        if normalise(one.phone) is None:
            yield f"contacts.{place}.phone", "请填写有效的电话号码。 Give a valid phone number."
