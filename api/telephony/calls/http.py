"""`/telephony/calls`: found, shown, begun, and asked to do something; `/telephony/commands`: what became of it."""

from http import HTTPStatus
from typing import Any

from api.auth import guard, rights
from api.idempotency.http import create
from api.ids import number_in
from api.product import product
from api.rest import PREFIX, Resource
from api.telephony.calls import asking, schemas, services
from api.telephony.errors import NoExchange
from engine.actor import Actor
from engine.errors import Forbidden, NotFound
from engine.runtime.work import Work
from processes.cases import access
from processes.contacts.services import first_cases
from telephony.calls.machine import ASKS
from telephony.commands import services as commands
from telephony.commands.models import PhoneCommand

resource = Resource("telephony-calls", __name__, "通话。 Calls.", PREFIX + "/telephony")
MAY_LOOK = tuple(dict.fromkeys((*rights.TAKE_CALLS, *rights.SEE_CALLS)))


@resource.on("/calls", "GET", answer=schemas.CallList)
@resource.takes(schemas.CallQuery, "query")
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Calls, newest first, by number, agent, local day, case, queue and outcome; an agent finds their own."""
    who = guard.require(*MAY_LOOK)
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    with product().engine.read() as session:
        page = services.found(session, who, services.CallFilter(**query), cursor, limit)
        linked = first_cases(session, [call.id for call in page.items])
        return {"items": [services.as_json(call, linked.get(call.id, "")) for call in page.items], "next": page.next}


@resource.on("/calls/<call_id>", "GET", answer=schemas.WholeCall)
def one(call_id: str) -> dict[str, Any]:
    """One call with its legs, recordings, cases and all that was asked of it."""
    who = guard.require(*MAY_LOOK)
    with product().engine.read() as session:
        return services.one(session, who, call_id)


@resource.on("/calls", "POST", HTTPStatus.ACCEPTED, schemas.Asked)
@resource.takes(schemas.NewCallBody)
def call(body: dict[str, Any]) -> Any:
    """Call a number from one's seat: the seat rings first, then the number (点击外呼)."""
    who = guard.require(*rights.TAKE_CALLS)
    require_exchange()
    if body["case_no"]:
        access.check(product().engine, who, body["case_no"])
    return create(who, lambda work: _asked(asking.begin(work.session, who, body["number"], body["case_no"], work.now)))


@resource.on("/calls/<call_id>/actions/<kind>", "POST", HTTPStatus.ACCEPTED, schemas.Asked)
@resource.takes(schemas.AskBody)
def act(body: dict[str, Any], call_id: str, kind: str) -> Any:
    """Ask something of a call: an agent of their own one, supervision of others' ones by supervisors and leaders only."""
    who = guard.require(*rights.TAKE_CALLS)
    return create(who, command_for(who, call_id, kind, body))


@resource.on("/commands/<number>", "GET", answer=schemas.Command)
def command(number: str) -> dict[str, Any]:
    """What became of something asked, for whoever asked it and for supervisors."""
    who = guard.actor()
    with product().engine.read() as session:
        row = commands.read(session, number_in(number))
    if row.by != who.id and not who.groups & frozenset(rights.SUPERVISE_CALLS):
        raise Forbidden
    return services.command_json(row)


def command_for(who: Actor, call_id: str, kind: str, given: dict[str, Any]) -> Any:
    """The command that asks something of a call. Raises `NotFound` for an unknown kind, `NoExchange`."""
    if kind not in ASKS:
        raise NotFound
    require_exchange()

    def ask(work: Work) -> dict[str, str]:
        return _asked(asking.ask(work.session, who, call_id, kind, given, work.now))

    return ask


def require_exchange() -> None:
    """Raise `NoExchange` where telephony is off: nobody would carry the command out."""
    if product().settings.ari_url is None:
        raise NoExchange


def _asked(row: PhoneCommand) -> dict[str, str]:
    return {"command": str(row.id), "call_id": row.call_id}
