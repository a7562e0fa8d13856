"""Finding elders in the register: by whole name, number, device or line, and by how their devices stand (T25)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from forms.phones import tidy
from processes.registry.citizens.models import Citizen
from processes.registry.citizens.services import name_index, phone_index
from processes.registry.elders.models import Elder, ElderContact, ElderDevice

SILENT_DAYS: Final = 30
"""After so many days without a call a device counts as silent, as in the diagram `device_check` (T25)."""
IN_USE, SILENT, RETIRED = "in_use", "silent", "retired"
STATES: Final = (IN_USE, SILENT, RETIRED)


@dataclass(frozen=True, slots=True)
class Listed:
    """An elder in a list, still in the clear: whoever shows it masks it."""

    elder: Elder
    name: str
    phone: str
    devices: tuple[ElderDevice, ...]
    contacts: int
    state: str


def found(session: Session, now: datetime, *, q: str = "", state: str = "", after: int = 0, most: int = 50) -> list[Listed]:
    """Elders, the last enrolled first, from a row's id on downwards; `q` is a whole name, a number, or a device's code."""
    query = select(Elder, Citizen).join(Citizen, Citizen.id == Elder.citizen_id).order_by(Elder.id.desc()).limit(most)
    if after:
        query = query.where(Elder.id < after)
    if q.strip():
        query = _matching(query, q)
    if state in STATES:
        query = _standing(query, state, now)
    rows = session.execute(query).all()
    ids = [elder.id for elder, _citizen in rows]
    devices, contacts = _devices(session, ids), _contacts(session, ids)
    return [
        Listed(elder, citizen.name, citizen.phone, found, contacts.get(elder.id, 0), state_of(found, now))
        for elder, citizen in rows
        for found in (tuple(devices.get(elder.id, ())),)
    ]


def state_of(devices: Sequence[ElderDevice], now: datetime) -> str:
    """`retired` without a device in use, `silent` while one of them is, else `in_use`."""
    active = [device for device in devices if device.active]
    if not active:
        return RETIRED
    return SILENT if any(is_silent(device, now) for device in active) else IN_USE


def is_silent(device: ElderDevice, now: datetime) -> bool:
    """Whether a device in use has not been heard of for too long."""
    return device.active and device.last_test_at <= now - timedelta(days=SILENT_DAYS)


def _matching(query: Select[Elder, Citizen], q: str) -> Select[Elder, Citizen]:
    number = phone_index(q)
    device = exists().where(ElderDevice.elder_id == Elder.id)
    devices = device.where(or_(ElderDevice.code == tidy(q), ElderDevice.line_index == number))
    return query.where(or_(Citizen.name_index == name_index(q), Citizen.phone_index == number, devices))


def _standing(query: Select[Elder, Citizen], state: str, now: datetime) -> Select[Elder, Citizen]:
    active = exists().where(ElderDevice.elder_id == Elder.id, ElderDevice.active)
    if state == RETIRED:
        return query.where(~active)
    silent = active.where(ElderDevice.last_test_at <= now - timedelta(days=SILENT_DAYS))
    return query.where(silent) if state == SILENT else query.where(active, ~silent)


def _devices(session: Session, elders: Sequence[int]) -> dict[int, list[ElderDevice]]:
    query = select(ElderDevice).where(ElderDevice.elder_id.in_(elders)).order_by(ElderDevice.active.desc(), ElderDevice.code)
    devices: dict[int, list[ElderDevice]] = {}
    for device in session.scalars(query):
        devices.setdefault(device.elder_id, []).append(device)
    return devices


def _contacts(session: Session, elders: Sequence[int]) -> dict[int, int]:
    counted = select(ElderContact.elder_id, func.count()).where(ElderContact.elder_id.in_(elders)).group_by(ElderContact.elder_id)
    return {row[0]: row[1] for row in session.execute(counted)}
