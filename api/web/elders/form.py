"""The form of an elder: what is on record as it is typed, and what was typed as the register takes it."""

from collections.abc import Mapping, Sequence
from typing import Any

from processes.registry.elders.keeping import looked_at
from processes.registry.elders.services import MOST_CONTACTS, NewContact, NewElder, Particulars

LOOKED = "looked"
"""The field that says which state of the record the form was opened with."""
BLANK = 2
"""Empty lines for further contacts."""
LEAST = 3
PARTS = ("role", "name", "phone")


def typed_of(known: Particulars) -> dict[str, str]:
    """What is on record, as the form's fields."""
    texts = {name: getattr(known, name) or "" for name in ("name", "phone", "address", "area", "health", "profile")}
    return texts | _fields(known.contacts) | {LOOKED: looked_at(known)}


def contacts(typed: Mapping[str, str]) -> tuple[NewContact, ...]:
    """The contacts that were typed, in calling order; a line without name and number is none."""
    lines = []
    for at in range(MOST_CONTACTS + BLANK):
        role, name, phone = (typed.get(f"contacts.{at}.{part}", "").strip() for part in PARTS)
        if name or phone:
            lines.append((_place(typed.get(f"contacts.{at}.place", ""), at), at, NewContact(role or "family", name, phone)))
    return tuple(contact for _place, _at, contact in sorted(lines, key=lambda line: line[:2]))


def settled(typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed with the contacts in their order, so that errors stand at the lines they are about."""
    others = {name: value for name, value in typed.items() if not name.startswith("contacts.")}
    return others | _fields(contacts(typed))


def lines(typed: Mapping[str, str]) -> range:
    """The contact lines that a form shows."""
    filled = sum(1 for name in typed if name.startswith("contacts.") and name.endswith(".phone"))
    return range(min(max(filled + BLANK, LEAST), MOST_CONTACTS + BLANK))


def changes(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as the fields of `Particulars`."""
    texts = {name: typed.get(name, "") for name in ("name", "phone", "address")}
    return {**texts, **{name: typed.get(name, "").strip() or None for name in ("area", "health", "profile")}, "contacts": contacts(typed)}


def new(typed: Mapping[str, str]) -> NewElder:
    """What was typed, as somebody to enrol."""
    return NewElder(device=typed.get("device", "").strip(), line=typed.get("line", "").strip() or None, **changes(typed))


def _fields(given: Sequence[NewContact]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for at, one in enumerate(given):
        fields |= {f"contacts.{at}.{part}": getattr(one, part) for part in PARTS}
        fields[f"contacts.{at}.place"] = str(at + 1)
    return fields


def _place(text: str, at: int) -> int:
    """Where somebody stands in the order; who says nothing keeps the place of the line."""
    return int(text) if text.strip().isascii() and text.strip().isdigit() and len(text) < len("1000") else at + 1
