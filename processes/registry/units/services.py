"""Units: registering, finding, and the secret of their callbacks."""

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.errors import Invalid
from engine.prepared import Prepared
from forms.phones import normalise
from processes.registry.units.errors import NoSuchUnit, UnitExists
from processes.registry.units.models import Unit

SECRET_BYTES: Final = 32
_SECRET: Final = Prepared(select(Unit.callback_secret).where(Unit.code == bindparam("code"), Unit.active))
_NAMES: Final = Prepared(select(Unit.code, Unit.name, Unit.name_en).where(Unit.active).order_by(Unit.code))
_CODE: Final = re.compile(r"[a-z][a-z0-9_-]{0,23}")


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit to register. `oa_url` takes its work orders; None if it works in the browser only."""

    code: str
    name: str
    name_en: str = ""
    phone: str = ""
    oa_url: str | None = None


def register_unit(session: Session, new: NewUnit) -> Unit:
    """Register a unit. Raises `Invalid` naming every field that is wrong, `UnitExists`."""
    errors = _errors(new)
    if errors:
        raise Invalid(errors=errors)
    if session.get(Unit, new.code) is not None:
        raise UnitExists
    unit = Unit(code=new.code, name=new.name.strip(), name_en=new.name_en.strip(), phone=new.phone, oa_url=new.oa_url, active=True)
    session.add(unit)
    session.flush()
    return unit


def unit_of(session: Session, code: str) -> Unit:
    """The unit of that code, active or not. Raises `NoSuchUnit`."""
    unit = session.get(Unit, code)
    if unit is None:
        raise NoSuchUnit(unit=code)
    return unit


def active_units(session: Session) -> Sequence[Unit]:
    """The units that work orders can go to, by code."""
    return session.scalars(select(Unit).where(Unit.active).order_by(Unit.code)).all()


def names_of_units(session: Session) -> Sequence[Any]:
    """`code`, `name` and `name_en` of the same, for lists that only name them."""
    return _NAMES.all(session.connection(), {})


def new_callback_secret(session: Session, code: str) -> str:
    """Give a unit another secret and answer it, for this once; the old one is worth nothing from now on.

    Its form is that of Standard Webhooks (`whsec_` and base64). Raises `NoSuchUnit`.
    """
    unit = unit_of(session, code)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    unit.callback_secret = secret
    session.flush()
    return secret


def callback_secret(session: Session, code: str) -> str | None:
    """The secret of an active unit; None if it has none, or there is no such unit."""
    secret: str | None = _SECRET.scalar(session.connection(), {"code": code})
    return secret


def _errors(new: NewUnit) -> dict[str, str]:
    errors = {}
    if not _CODE.fullmatch(new.code):
        errors["code"] = "单位代码为小写英文，如 water。 A unit's code is lower-case letters, digits, `_` and `-`."
    if not new.name.strip() or len(new.name) > 64:
        errors["name"] = "请填写单位名称（不超过 64 字）。 Give a name of at most 64 characters."
    if new.phone and normalise(new.phone) is None:
        errors["phone"] = "电话号码不正确。 This is no telephone number."
    if new.oa_url is not None and not _is_web_address(new.oa_url):
        errors["oa_url"] = "OA 地址应为 http 或 https 地址。 The OA's address must be an http or https address."
    return errors


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and len(text) <= 400
