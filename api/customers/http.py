"""`/customers`: the registers of VIP客户 and 重要客户, which a caller is known by (C28, G14)."""

from http import HTTPStatus
from typing import Any

from flask import Response

from api.auth import guard
from api.auth.rights import CLASS_CUSTOMERS, SEE_CUSTOMERS
from api.customers import schemas
from api.idempotency.http import create
from api.ids import number_in
from api.product import product
from api.rest import Resource
from engine import cursors
from engine.errors import NotFound
from engine.runtime.work import Work
from processes.registry.citizens import classes
from processes.registry.citizens.masking import mask_name, mask_phone
from processes.registry.citizens.models import Citizen, CitizenClass
from processes.registry.citizens.services import citizen_of, remember

resource = Resource("customers", __name__, "客户类别。 Classes of customers.")
PAGE = 50


@resource.on("/customers", "GET", answer=schemas.CustomerList)
@resource.takes(schemas.CustomerQuery, location="query")
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Customers with a class, masked."""
    guard.require(*SEE_CUSTOMERS)
    before = cursors.row_in(query["cursor"]) or None
    with product().engine.read() as session:
        rows = classes.register(session, query["of_class"], before, PAGE + 1)
        following = cursors.encode((rows[PAGE - 1].given.id,)) if len(rows) > PAGE else None
        return {"items": [_shown(*row) for row in rows[:PAGE]], "next": following}


@resource.on("/customers", "POST", HTTPStatus.CREATED, schemas.Customer)
@resource.takes(schemas.CustomerBody)
def give(body: dict[str, Any]) -> Any:
    """Enter a citizen in a register; one who is in it stays as they were entered."""
    who = guard.require(*CLASS_CUSTOMERS)

    def command(work: Work) -> dict[str, Any]:
        citizen_id = remember(work.session, body["name"], body["phone"], work.now)
        classes.give(work.session, who, citizen_id, body["of_class"], work.now)
        given = next(row for row in classes.of_citizen(work.session, citizen_id) if row.name == body["of_class"])
        shown = _shown(citizen_of(work.session, citizen_id), given)
        return {**shown, "at": shown["at"].isoformat()}

    return create(who, command)


@resource.on("/customers/<citizen>/<of_class>", "DELETE", HTTPStatus.NO_CONTENT)
def take(citizen: str, of_class: str) -> Response:
    """Strike a citizen out of a register."""
    who, row = guard.require(*CLASS_CUSTOMERS), number_in(citizen)

    def command(work: Work) -> None:
        if not classes.take(work.session, who, row, of_class):
            raise NotFound

    product().engine.transact(who, command)
    return Response(status=HTTPStatus.NO_CONTENT)


def _shown(citizen: Citizen, given: CitizenClass) -> dict[str, Any]:
    return {
        "citizen": str(citizen.id),
        "name": mask_name(citizen.name),
        "phone": mask_phone(citizen.phone),
        "class": given.name,
        "by": given.by,
        "at": given.at,
    }
