"""The citizen of a case: remembered by name and phone, shown with both masked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from forms.phones import normalise
from processes.casefile.rows import CaseRow
from processes.registry.citizens import services
from processes.registry.citizens.errors import BadCitizen
from processes.registry.citizens.masking import mask_name, mask_phone
from processes.registry.citizens.models import Citizen


@dataclass(frozen=True, slots=True)
class Masked:
    """A citizen as lists and pages show one (X02)."""

    name: str
    phone: str


def is_phone(text: str | None) -> bool:
    """Whether a text is a telephone number."""
    return bool(text) and normalise(text or "") is not None


def remember(session: Session, name: str, phone: str, now: datetime) -> int:
    """The id of the citizen with this name and phone, entered now if not known yet. Raises `BadCitizen`."""
    return services.remember(session, name, phone, now)


def caller_of(session: Session, case: CaseRow, name: str, phone: str, now: datetime) -> int | None:
    """The same for who is said to have called about a case, most often the one that is known already; None where the phone is
    no number. Raises `BadCitizen` for the name."""
    try:
        known = services.identity(name, phone) == (case.phone_index, case.name_index)
    except BadCitizen as wrong:
        if "phone" in wrong.errors:
            return None
        raise
    return case.citizen_id if known else remember(session, name, phone, now)


def masked(case: CaseRow) -> Masked | None:
    """The citizen of a case, masked; None for an anonymous one."""
    if case.caller_name is None or case.phone is None:
        return None
    return Masked(mask_name(case.caller_name), mask_phone(case.phone))


def masked_of(session: Session, citizen_ids: Collection[int]) -> Mapping[int, Masked]:
    """Some citizens, masked, with one statement (none for nobody)."""
    if not citizen_ids:
        return {}
    found = session.scalars(select(Citizen).where(Citizen.id.in_(sorted(citizen_ids))))
    return {citizen.id: Masked(mask_name(citizen.name), mask_phone(citizen.phone)) for citizen in found}


def with_phone(phone: str) -> Select[int]:
    """The ids of everybody known under a phone number."""
    return select(Citizen.id).where(Citizen.phone_index == services.phone_index(phone))
