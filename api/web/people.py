"""Roles and units in words: what a group of the contract is called on the pages."""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from api.web.i18n import N_, language, translate
from engine.actor import Actor
from processes.registry.accounts.roles import OF_A_UNIT, ROLES
from processes.registry.units.services import names_of_units

CENTRE = frozenset(ROLES) - OF_A_UNIT
"""The groups of the hotline centre itself; everybody else sees only their own unit's cases."""

DEMO_ACCOUNTS = [
    *(("admin" if group == "admin" else f"{group}1", group) for group in ROLES),
    ("designer2", "designer"),
    ("unit_water", "unit"),
    ("unit_housing", "unit"),
]
"""(account, role) of the demo city, as the contract names them."""


def role_name(group: str) -> str:
    """What a role is called in the reader's language; a code nobody named is shown as it is."""
    role = ROLES.get(group)
    if role is None:
        return group
    return role.zh if language() == "zh-CN" else role.en


def roles_of(actor: Actor) -> str:
    """The roles of a person in one line."""
    held = [group for group in ROLES if group in actor.groups]
    return translate(N_("全部角色"), language()) if len(held) == len(ROLES) else joined(role_name(group) for group in held)


def of_centre(actor: Actor) -> bool:
    """Whether the actor works in the hotline centre."""
    return bool(actor.groups & CENTRE)


def offered_to(groups: Iterable[str], units: Mapping[str, str]) -> str:
    """Whom a task is offered to, by its candidate groups; a unit's people by their unit's name."""
    names = []
    for group in groups:
        role, _, unit = group.partition(":")
        leads = f" {role_name(role)}" if role == "unit_leader" else ""
        names.append(f"{units.get(unit, unit)}{leads}" if unit else role_name(group))
    return joined(dict.fromkeys(names))


def unit_names(session: Session) -> dict[str, str]:
    """The names of all units by code, in the reader's language."""
    chinese = language() == "zh-CN"
    return {unit.code: unit.name if chinese else unit.name_en or unit.name for unit in names_of_units(session)}


def joined(words: Iterable[str]) -> str:
    """A list in one line, as the reader's language writes it."""
    return ("、" if language() == "zh-CN" else ", ").join(words)
