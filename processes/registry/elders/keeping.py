"""Keeping the register of elders: enrolling, changing, handing out and taking back devices, each with who did it on record (T25)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import reasons, seen
from engine.actor import Actor
from processes.registry.audit import services as audit
from processes.registry.citizens import services as citizens
from processes.registry.citizens.errors import BadCitizen
from processes.registry.elders import services
from processes.registry.elders.errors import BadElder, DeviceExists, NoSuchElder, Retired
from processes.registry.elders.models import Elder, ElderDevice
from processes.registry.elders.services import NewContact, NewElder, Particulars

KNOWN = "这位老年人已经登记，请在其档案里修改或加设备。 This elder is enrolled already: change the record or add a device there."
UNDER_WAY = (
    "原使用人的应急案件 {case_no} 还没有登记处置结果，请先办完该案，或者另发一个设备。 "
    "The emergency {case_no} of the elder who had this device is under way: conclude it first, or hand out another device."
)

Emergency = Callable[[Session, int], str | None]
"""The number of an elder's emergency that is under way, None for none; cases know it (`processes.cases.intake.emergency_of`)."""


def enrol(session: Session, actor: Actor, new: NewElder, now: datetime, emergency: Emergency) -> Elder:
    """Enrol an elder who is not known yet. Raises `BadElder` naming every field that is wrong."""
    errors = {**_identity_mistakes(new.name, new.phone), **services.mistakes(new.particulars)}
    errors |= _new_device_mistakes(session, None, new.device, new.line, emergency)
    if not errors and _known(session, citizens.remember(session, new.name, new.phone, now)):
        errors["phone"] = KNOWN
    if errors:
        raise BadElder(errors=errors)
    detail = _handed_out(session, new.device)
    elder = services.enrol(session, new, now)
    audit.record(session, actor, "elder.enrolled", named(elder.id), detail)
    return elder


def looked_at(known: Particulars) -> str:
    """The mark of a record as somebody sees it."""
    return seen.mark(*asdict(known).values())


def change(session: Session, actor: Actor, elder_id: int, given: Mapping[str, Any], now: datetime, looked: str | None = None) -> list[str]:
    """Put other data in the place of what is on record; answers the fields that changed.

    `given` holds some of the fields of `Particulars`, `looked` is the `looked_at` of what the writer had before them. Raises
    `NoSuchElder`, `ChangedMeanwhile`, `BadElder` naming the fields.
    """
    elder = session.get(Elder, elder_id, with_for_update=True)
    if elder is None:
        raise NoSuchElder
    before = particulars_of(session, elder)
    seen.check(looked, looked_at(before))
    after = _tidied(replace(before, **given))
    errors = {**_identity_mistakes(after.name, after.phone), **services.mistakes(after)}
    if errors:
        raise BadElder(errors=errors)
    changed = [field.name for field in fields(Particulars) if getattr(before, field.name) != getattr(after, field.name)]
    if {"name", "phone"} & set(changed):
        elder.citizen_id = _other_citizen(session, elder, after, now)
    elder.area, elder.address, elder.health, elder.profile = after.area, after.address, after.health, after.profile
    if "contacts" in changed:
        services.set_contacts(session, elder.id, after.contacts)
    if changed:
        audit.record(session, actor, "elder.changed", named(elder_id), {"fields": changed})
    return changed


def add_device(session: Session, actor: Actor, elder_id: int, code: str, line: str | None, now: datetime, emergency: Emergency) -> None:
    """Hand out a further device, or one that was taken back. Raises `NoSuchElder`, `BadElder` at `device` or `line`."""
    get(session, elder_id)
    if errors := _new_device_mistakes(session, elder_id, code, line, emergency):
        raise BadElder(errors=errors)
    detail = _handed_out(session, code)
    services.add_device(session, elder_id, code, line, now)
    audit.record(session, actor, "elder.device_added", named(elder_id), detail)


def move_device(session: Session, actor: Actor, elder_id: int, code: str, line: str | None) -> None:
    """A device calls from another line. Raises `NoSuchElder`, `BadElder` at `device` or `line`."""
    device = _device_in_use(session, elder_id, code)
    errors = services.device_mistakes(session, code, line)
    if errors:
        raise BadElder(errors=errors)
    services.set_line(device, line)
    audit.record(session, actor, "elder.device_moved", named(elder_id), {"device": code})


def retire_device(session: Session, actor: Actor, elder_id: int, code: str, reason: str) -> None:
    """A device is taken back: its calls are an unknown device's. Raises `NoSuchElder`, `BadElder` at `device`, `Invalid` at the reason."""
    device, why = _device_in_use(session, elder_id, code), reasons.tidy(reason)
    device.active = False
    audit.record(session, actor, "elder.device_retired", named(elder_id), {"device": code, "reason": why})


def retire(session: Session, actor: Actor, elder_id: int, reason: str) -> None:
    """An elder is served no more (moved away, died): every device is taken back. Raises `NoSuchElder`, `Invalid`, `Retired`."""
    get(session, elder_id)
    why = reasons.tidy(reason)
    in_use = [device for device in devices_of(session, elder_id) if device.active]
    if not in_use:
        raise Retired
    for device in in_use:
        device.active = False
    audit.record(session, actor, "elder.retired", named(elder_id), {"devices": [device.code for device in in_use], "reason": why})


def unmask(session: Session, actor: Actor, elder_id: int, reason: str) -> Particulars:
    """All that is on record of an elder, for somebody who says why. Raises `NoSuchElder`, `Invalid` at the reason."""
    elder, why = get(session, elder_id), reasons.tidy(reason)
    audit.record(session, actor, "elder.unmasked", named(elder_id), {"reason": why})
    return particulars_of(session, elder)


def get(session: Session, elder_id: int) -> Elder:
    """An elder by id. Raises `NoSuchElder`."""
    elder = session.get(Elder, elder_id)
    if elder is None:
        raise NoSuchElder
    return elder


def devices_of(session: Session, elder_id: int) -> list[ElderDevice]:
    """The devices that an elder has and had, those in use first."""
    found = select(ElderDevice).where(ElderDevice.elder_id == elder_id).order_by(ElderDevice.active.desc(), ElderDevice.code)
    return list(session.scalars(found))


def particulars_of(session: Session, elder: Elder) -> Particulars:
    """What is on record of an elder, in the clear."""
    name, phone = services.citizen_of(session, elder)
    contacts = tuple(NewContact(one.role, one.name, one.phone) for one in services.contacts_of(session, elder.id))
    return Particulars(name, phone, elder.address, elder.area, elder.health, elder.profile, contacts)


def named(elder_id: int) -> str:
    """How the audit register calls an elder."""
    return f"elder:{elder_id}"


def _new_device_mistakes(session: Session, elder_id: int | None, code: str, line: str | None, emergency: Emergency) -> dict[str, str]:
    """What is wrong with a device that an elder shall get. An emergency rings the contacts of whoever has its device, so nobody else gets
    one while its former holder's is under way; who had it may have it back."""
    errors = services.device_mistakes(session, code, line)
    device = session.get(ElderDevice, code)
    if device is None:
        return errors
    if device.active:
        errors["device"] = (DeviceExists.__doc__ or "").strip()
    elif device.elder_id != elder_id and (case_no := emergency(session, device.elder_id)) is not None:
        errors["device"] = UNDER_WAY.format(case_no=case_no)
    return errors


def _handed_out(session: Session, code: str) -> dict[str, str]:
    """What is put on record of a device that is handed out: its code, and who had it before."""
    before = session.scalar(select(ElderDevice.elder_id).where(ElderDevice.code == code))
    return {"device": code} if before is None else {"device": code, "before": named(before)}


def _device_in_use(session: Session, elder_id: int, code: str) -> ElderDevice:
    get(session, elder_id)
    device = session.get(ElderDevice, code)
    if device is None or device.elder_id != elder_id or not device.active:
        raise BadElder(errors={"device": "没有这个在用的设备。 There is no such device in use here."})
    return device


def _other_citizen(session: Session, elder: Elder, after: Particulars, now: datetime) -> int:
    """The citizen with another name or phone; cases keep the one they were opened with."""
    citizen_id = citizens.remember(session, after.name, after.phone, now)
    if citizen_id != elder.citizen_id and _known(session, citizen_id):
        raise BadElder(errors={"phone": KNOWN})
    return citizen_id


def _known(session: Session, citizen_id: int) -> bool:
    return session.scalar(select(Elder.id).where(Elder.citizen_id == citizen_id)) is not None


def _identity_mistakes(name: str, phone: str) -> dict[str, str]:
    try:
        citizens.identity(name, phone)
    except BadCitizen as refusal:
        return refusal.errors
    return {}


def _tidied(given: Particulars) -> Particulars:
    contacts = tuple(NewContact(one.role, one.name.strip(), one.phone.strip()) for one in given.contacts)
    texts = {name: (getattr(given, name) or "").strip() or None for name in ("area", "health", "profile")}
    return replace(given, name=given.name.strip(), phone=given.phone.strip(), address=given.address.strip(), contacts=contacts, **texts)
