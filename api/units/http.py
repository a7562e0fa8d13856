"""`GET /units`, `POST /units/{unit}/callback-secret`."""

from typing import Any

from api.auth import guard, rights
from api.product import product
from api.rest import Resource
from api.units import schemas
from engine.runtime.work import Work
from processes.registry.audit import services as audit
from processes.registry.units import services

resource = Resource("units", __name__, "承办单位。 Units.")


@resource.on("/units", "GET", answer=schemas.Units)
def listed() -> dict[str, Any]:
    """The units that work orders can go to."""
    guard.actor()
    with product().engine.read() as session:
        units = services.active_units(session)
        return {"items": [{"code": unit.code, "name": unit.name, "name_en": unit.name_en} for unit in units], "next": None}


@resource.on("/units/<unit>/callback-secret", "POST", answer=schemas.CallbackSecret)
def callback_secret(unit: str) -> dict[str, Any]:
    """Make a new secret for a unit's callbacks and tell it once; the old one is worth nothing from now on (administrators)."""
    who = guard.require(*rights.ADMINISTER)

    def command(work: Work) -> str:
        audit.record(work.session, who, "unit.callback-secret", unit)
        return services.new_callback_secret(work.session, unit)

    return {"secret": product().engine.transact(who, command)}
