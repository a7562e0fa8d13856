"""Elders as they are shown: masked, or whole for somebody who said why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from processes.registry.citizens.masking import mask_name, mask_phone
from processes.registry.elders import keeping
from processes.registry.elders.finding import Listed, is_silent, state_of
from processes.registry.elders.models import ElderDevice
from processes.registry.elders.services import NewContact, Particulars


def in_list(one: Listed, now: datetime) -> dict[str, Any]:
    """A line of the list."""
    return _head(one.elder.id, one.elder.area, one.name, one.phone, one.devices, now)


def masked(session: Session, elder_id: int, now: datetime) -> dict[str, Any]:
    """One elder with contacts, masked. Raises `NoSuchElder`."""
    elder = keeping.get(session, elder_id)
    known = keeping.particulars_of(session, elder)
    head = _head(elder_id, elder.area, known.name, known.phone, keeping.devices_of(session, elder_id), now)
    return {**head, "contacts": [_contact(at, one) for at, one in enumerate(known.contacts, start=1)]}


def whole(session: Session, elder_id: int, known: Particulars, now: datetime) -> dict[str, Any]:
    """One elder in the clear."""
    devices = [device(one, now, one.line) for one in keeping.devices_of(session, elder_id)]
    contacts = [{"place": at, "role": one.role, "name": one.name, "phone": one.phone} for at, one in enumerate(known.contacts, start=1)]
    texts = {"address": known.address, "health": known.health, "profile": known.profile}
    return {**masked(session, elder_id, now), "name": known.name, "phone": known.phone, **texts, "devices": devices, "contacts": contacts}


def device(one: ElderDevice, now: datetime, line: str | None) -> dict[str, Any]:
    """A device, with its line as it shall be shown."""
    return {"device": one.code, "line": line, "active": one.active, "silent": is_silent(one, now), "last_test_at": one.last_test_at}


def _head(elder_id: int, area: str | None, name: str, phone: str, devices: Sequence[ElderDevice], now: datetime) -> dict[str, Any]:
    return {
        "id": str(elder_id),
        "name": mask_name(name),
        "phone": mask_phone(phone),
        "area": area,
        "state": state_of(devices, now),
        "devices": [device(one, now, mask_phone(one.line) or None) for one in devices],
    }


def _contact(place: int, one: NewContact) -> dict[str, Any]:
    return {"place": place, "role": one.role, "name": mask_name(one.name), "phone": mask_phone(one.phone)}
