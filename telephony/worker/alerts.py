"""A pager's alert in a call of its own, when the call that was to call the contacts is over: help is not lost to a hang-up that came
a moment before the process asked for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actor import Actor
from processes.registry.elders import services as elders
from telephony.calls import pagers
from telephony.calls.models import PhoneCall, PhoneLeg
from telephony.calls.values import CLOSING, CONTACT, PAGER, Call
from telephony.commands import services as commands
from telephony.commands.models import DONE, PhoneCommand
from telephony.plan.values import Plan
from telephony.worker.rows import INSTEAD

START, STOP = "pager-start", "pager-stop"


@dataclass(frozen=True, slots=True)
class _Alert:
    """What is known of the call that contacts were to be called in."""

    device: str
    key: str
    called: bool
    """Whether its contacts were called: what came of it was told."""
    stopped: bool
    """Whether somebody said that it was a false alarm."""
    instead: str = ""


def device(session: Session, number: str, service: str) -> str:
    """A pager's device by the line that it calls on; else, as for one that withholds its number, by what it dialled."""
    return (elders.device_on_line(session, number) if number else None) or service


def instead(call: Call, row: Any) -> Call:
    """A new call that a command begins; an alert keeps whose place it takes."""
    if row.kind == commands.PAGER and asked_for(row) != call.id:
        call.facts[INSTEAD] = asked_for(row)
    return call


def asked_for(row: Any) -> str:
    """Under which call the process that asked waits to hear what came of it."""
    return str(orjson.loads(row.given).get(INSTEAD) or row.call_id)


def all_the_same(session: Session, row: Any, call: Call | None, plan: Plan, now: datetime) -> None:
    """Have the contacts called in a call of its own, for a `pager-start` that its call cannot do any more. Nothing where the call would
    have done nothing either: it is no pager's, was a false alarm, or has called them all and nobody asks for another round."""
    if call is not None and call.state != CLOSING and pagers.contacting(call):
        return  # they are being called
    found = _at_hand(call) if call is not None else _on_record(session, row.call_id, plan)
    if found is None or found.stopped or (found.called and not orjson.loads(row.given).get("again")):
        return
    given = {"device": found.device, "key": found.key, INSTEAD: found.instead or row.call_id}
    commands.ask(session, Actor(row.by), commands.PAGER, given, now)


def _at_hand(call: Call) -> _Alert | None:
    facts = call.facts
    if call.kind != PAGER:
        return None
    called, stopped = bool(facts.get("started")) and not pagers.contacting(call), bool(facts.get("stopped"))
    return _Alert(str(facts.get("device", "")), str(facts.get("key", "")), called, stopped, str(facts.get(INSTEAD, "")))


def _on_record(session: Session, call_id: str, plan: Plan) -> _Alert | None:
    row = session.get(PhoneCall, call_id)
    if row is None or row.kind != PAGER:
        return None
    called = session.scalar(select(PhoneLeg.id).where(PhoneLeg.call_id == call_id, PhoneLeg.role == CONTACT).limit(1)) is not None
    kinds = {each.kind: each for each in session.scalars(select(PhoneCommand).where(PhoneCommand.call_id == call_id))}
    stopped = STOP in kinds and kinds[STOP].state == DONE
    if commands.PAGER in kinds:  # it was begun by us
        begun = orjson.loads(kinds[commands.PAGER].given)
        return _Alert(str(begun.get("device", "")), str(begun.get("key", "")), called, stopped, str(begun.get(INSTEAD, "")))
    return _Alert(device(session, row.number, row.service), plan.entry(row.service).key, called, stopped)
