"""`/elders`: who has a pager, from which line it calls, and whom to call for them (C38, T23, T25)."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from api.auth import guard
from api.auth.rights import KEEP_ELDERS
from api.elders import schemas, services
from api.idempotency.http import create
from api.ids import number_in
from api.product import product
from api.rest import Resource
from engine import clock, cursors
from engine.actor import Actor
from engine.runtime.work import Work
from processes.cases.intake import emergency_of
from processes.registry.elders import keeping
from processes.registry.elders.finding import found
from processes.registry.elders.services import NewContact, NewElder

resource = Resource("elders", __name__, "老年人登记。 The register of elders.")
PAGE = 50


@resource.on("/elders", "GET", answer=schemas.ElderList)
@resource.takes(schemas.ElderQuery, location="query")
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Elders, masked, by name, number or device, and by how their devices stand."""
    guard.require(*KEEP_ELDERS)
    after, now = cursors.row_in(query["cursor"]), clock.now()
    with product().engine.read() as session:
        rows = found(session, now, q=query["q"], state=query["state"], after=after, most=PAGE + 1)
        following = cursors.encode((rows[PAGE - 1].elder.id,)) if len(rows) > PAGE else None
        return {"items": [services.in_list(one, now) for one in rows[:PAGE]], "next": following}


@resource.on("/elders", "POST", HTTPStatus.CREATED, schemas.ElderOne)
@resource.takes(schemas.ElderBody)
def enrol(body: dict[str, Any]) -> Any:
    """Enrol an elder with a device; every field that is wrong is named."""
    who = guard.require(*KEEP_ELDERS)
    new = NewElder(**{**body, "contacts": _contacts(body["contacts"])})

    def command(work: Work) -> dict[str, Any]:
        elder = keeping.enrol(work.session, who, new, work.now, emergency_of)
        return _dated(services.masked(work.session, elder.id, work.now))

    return create(who, command)


@resource.on("/elders/<elder>", "GET", answer=schemas.ElderOne)
def one(elder: str) -> dict[str, Any]:
    """One elder with devices and contacts, masked."""
    guard.require(*KEEP_ELDERS)
    return _one(number_in(elder))


@resource.on("/elders/<elder>", "PATCH", answer=schemas.ElderOne)
@resource.takes(schemas.ChangeBody)
def change(body: dict[str, Any], elder: str) -> dict[str, Any]:
    """Change what is on record; `contacts` replaces all of them."""
    given = {**body, "contacts": _contacts(body["contacts"])} if "contacts" in body else body
    return _done(elder, lambda work, who, row: keeping.change(work.session, who, row, given, work.now))


@resource.on("/elders/<elder>/unmask", "POST", answer=schemas.ElderWhole)
@resource.takes(schemas.ReasonBody)
def unmask(body: dict[str, Any], elder: str) -> dict[str, Any]:
    """Everything in the clear, for a reason that goes on record."""
    who, row = guard.require(*KEEP_ELDERS), number_in(elder)

    def command(work: Work) -> dict[str, Any]:
        return services.whole(work.session, row, keeping.unmask(work.session, who, row, body["reason"]), work.now)

    return product().engine.transact(who, command)


@resource.on("/elders/<elder>/devices", "POST", HTTPStatus.CREATED, schemas.ElderOne)
@resource.takes(schemas.DeviceBody)
def add_device(body: dict[str, Any], elder: str) -> Any:
    """Hand out a further device."""
    who, row = guard.require(*KEEP_ELDERS), number_in(elder)

    def command(work: Work) -> dict[str, Any]:
        keeping.add_device(work.session, who, row, body["device"], body["line"], work.now, emergency_of)
        return _dated(services.masked(work.session, row, work.now))

    return create(who, command)


@resource.on("/elders/<elder>/devices/move", "POST", answer=schemas.ElderOne)
@resource.takes(schemas.DeviceBody)
def move_device(body: dict[str, Any], elder: str) -> dict[str, Any]:
    """A device calls from another line, or from one that nobody knows."""
    return _done(elder, lambda work, who, row: keeping.move_device(work.session, who, row, body["device"], body["line"]))


@resource.on("/elders/<elder>/devices/retire", "POST", answer=schemas.ElderOne)
@resource.takes(schemas.DeviceEndBody)
def retire_device(body: dict[str, Any], elder: str) -> dict[str, Any]:
    """Take a device back."""
    return _done(elder, lambda work, who, row: keeping.retire_device(work.session, who, row, body["device"], body["reason"]))


@resource.on("/elders/<elder>/retire", "POST", answer=schemas.ElderOne)
@resource.takes(schemas.ReasonBody)
def retire(body: dict[str, Any], elder: str) -> dict[str, Any]:
    """Serve an elder no more: every device is taken back; the record stays."""
    return _done(elder, lambda work, who, row: keeping.retire(work.session, who, row, body["reason"]))


def _done(elder: str, change: Callable[[Work, Actor, int], object]) -> dict[str, Any]:
    who, row = guard.require(*KEEP_ELDERS), number_in(elder)
    product().engine.transact(who, lambda work: change(work, who, row))
    return _one(row)


def _one(row: int) -> dict[str, Any]:
    with product().engine.read() as session:
        return services.masked(session, row, clock.now())


def _contacts(given: list[dict[str, str]]) -> tuple[NewContact, ...]:
    return tuple(NewContact(one["role"], one["name"], one["phone"]) for one in given)


def _dated(shown: dict[str, Any]) -> dict[str, Any]:
    """With moments as text, as an answer that is kept under a key."""
    return {**shown, "devices": [{**one, "last_test_at": one["last_test_at"].isoformat()} for one in shown["devices"]]}
