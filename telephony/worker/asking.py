"""What is asked of calls, made ready for them: whom an account or a number means, and whether it is possible now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from engine.db import to_micros
from engine.errors import Invalid
from forms.phones import as_dialled
from processes.registry.elders import services as elders
from telephony.calls import ids
from telephony.calls.happenings import Asked
from telephony.calls.values import CLICK, LISTENER, NOTICE, OUTBOUND, PAGER, SURVEY, THIRD, Call
from telephony.commands import services as commands
from telephony.plan.values import Plan
from telephony.seats import services as seats
from telephony.seats.models import BUSY, RESERVED

AGENT = "agent:"
"""Before an account's name where a number may stand as well."""
THIRDS = ("consult", "conference", "transfer")
KINDS = {
    commands.CLICK: CLICK,
    commands.SURVEY: SURVEY,
    commands.PAGER: PAGER,
    commands.OUTBOUND: OUTBOUND,
    commands.NOTICE: NOTICE,
}


class NotPossible(Invalid):
    """现在不能这样做。 This is not possible now."""

    code = "not-possible"


class CallOver(Invalid):
    """通话已经结束。 The call is over."""

    code = "call-over"


def asked(session: Session, row: Any, call: Call, plan: Plan, node: str) -> Asked:
    """A command for a call that goes on. Raises `NotPossible`, `NoSeat`."""
    given: dict[str, Any] = orjson.loads(row.given)
    if row.kind in ("supervise", "pick-up"):
        seat = seats.of(session, row.by, hold=True)
        if seat.node not in ("", node):
            raise NotPossible("您的话机在另一台交换机上。 Your telephone is at another exchange.")
        in_it = row.kind == "supervise" and any(leg.who == row.by for leg in call.live(LISTENER))
        if seat.state in (RESERVED, BUSY) and not in_it:
            raise NotPossible("您正在通话中。 You are on a call.")
        given["endpoint"] = seat.endpoint
    elif row.kind in THIRDS:
        _check_third(row.kind, given, call)
    if "to" in given:
        given |= _target(session, str(given["to"]), plan, node)
    return Asked(row.kind, row.by, given)


def new_call(session: Session, row: Any, now: datetime, plan: Plan) -> Call:
    """The call that a command begins. Raises `NotPossible`, `NoSeat`."""
    given: dict[str, Any] = orjson.loads(row.given)
    number, case_no = as_dialled(str(given.get("number", ""))), str(given.get("case_no", ""))
    call = Call(row.call_id, KINDS[row.kind], to_micros(now), number=number, case_no=case_no)
    if row.kind == commands.CLICK:
        seat = seats.of(session, row.by)
        if seat.state in (RESERVED, BUSY):
            raise NotPossible("您正在通话中。 You are on a call.")
        _require_number(call.number)
        call.agent, call.facts = row.by, {"endpoint": seat.endpoint}
        seats.engage(session, row.by, RESERVED, call.id, now)
    elif row.kind == commands.SURVEY:
        _require_number(call.number)
        call.facts = {"questions": [dict(each) for each in plan.questions]}
    elif row.kind == commands.OUTBOUND:
        call.facts = given["facts"]
    elif row.kind == commands.NOTICE:
        _notice(session, call, given, now)
    else:
        call.facts = {**pager_facts(session, str(given.get("device", ""))), "key": str(given.get("key", ""))}
    return call


def dialled(session: Session, endpoint: str, number: str, now: datetime) -> Call:
    """The call that an agent dials by hand. Raises `NotPossible`, `NoSeat`."""
    seat = seats.at(session, endpoint)
    if seat.state in (RESERVED, BUSY):
        raise NotPossible
    _require_number(number)
    call = Call(ids.new(), CLICK, to_micros(now), number=number, agent=seat.agent)
    seats.engage(session, seat.agent, RESERVED, call.id, now)
    return call


def pager_facts(session: Session, device: str) -> dict[str, Any]:
    """A pager's device and whom to call for it, in order. The numbers stay in the call's encrypted body."""
    elder = elders.elder_with(session, device)
    contacts = elders.contacts_of(session, elder.id) if elder is not None else ()
    return {
        "device": device,
        "contacts": [{"id": str(each.id), "role": each.role, "number": as_dialled(each.phone)} for each in contacts],
    }


def _notice(session: Session, call: Call, given: Mapping[str, Any], now: datetime) -> None:
    call.facts = {"prompt": str(given["prompt"])}
    if given.get("agent"):
        seat = seats.of(session, str(given["agent"]))
        if seat.state in (RESERVED, BUSY):
            raise NotPossible(f"{seat.agent} 正在通话中。 {seat.agent} is on a call.")
        call.agent = seat.agent
        call.facts["endpoint"] = seat.endpoint
        seats.engage(session, seat.agent, RESERVED, call.id, now)
    else:
        _require_number(call.number)


def _check_third(kind: str, given: Mapping[str, Any], call: Call) -> None:
    third = call.first(THIRD)
    if third is not None and "to" in given and kind != "conference":
        raise NotPossible("通话中已有第三方。 There is a third party already.")
    if third is None and "to" not in given:
        raise NotPossible("请说明转给谁。 Say to whom.")


def _target(session: Session, to: str, plan: Plan, node: str) -> Mapping[str, Any]:
    if to.startswith(AGENT):
        who = to.removeprefix(AGENT)
        seat = seats.of(session, who)
        if seat.state in (RESERVED, BUSY):
            raise NotPossible(f"{who} 正在通话中。 {who} is on a call.")
        if seat.node not in ("", node):
            raise NotPossible(f"{who} 在另一台交换机上。 {who} sits at another exchange.")
        return {"endpoint": seat.endpoint, "who": who}
    number = as_dialled(to)
    _require_number(number)
    return {"endpoint": plan.endpoint(number), "number": number}


def _require_number(number: str) -> None:
    if not (2 <= len(number) <= 18 and number.isascii() and number.isdigit()):
        raise NotPossible("号码只能是 2 到 18 位数字。 A number has 2 to 18 digits.")
