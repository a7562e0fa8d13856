"""The effects that are rows: written in the transaction of the step that they follow from."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import orjson

from processes.registry.citizens.services import phone_index
from telephony.calls.effects import Effect, Engage, Free, Keep, Tell
from telephony.calls.values import Call
from telephony.plan.values import Plan
from telephony.seats import services as seats
from telephony.worker.store import Saving

INSTEAD: Final = "instead"
"""Where a pager's alert keeps the call whose place it takes: it was asked for there, when that call could not call anybody any more."""
ALERTED: Final = ("PagerConfirmed", "PagerExhausted")
"""What came of an alert."""


def write(saving: Saving, call: Call, effects: Iterable[Effect], plan: Plan, now: datetime, node: str) -> None:
    """Write those of a step's effects that are rows."""
    for effect in effects:
        if isinstance(effect, Engage):
            seats.engage(saving.session, effect.agent, effect.state, call.id, now)
        elif isinstance(effect, Free):
            queue = plan.queues.get(call.queue)
            seats.free(
                saving.session,
                effect.agent,
                call.id,
                now,
                talked=effect.talked,
                reason=effect.reason,
                wrap_seconds=queue.wrap_seconds if queue is not None else 0,
            )
        elif isinstance(effect, Tell):
            saving.notice(_name(call, effect), effect.message, _payload(call, effect))
        elif isinstance(effect, Keep):
            _keep(saving, call, effect, now, node)


def _payload(call: Call, effect: Tell) -> bytes:
    if effect.message == "CallMissed":
        # calls of one number are answered once; the number itself stays out of the processes, and who withholds it is nobody's equal
        return orjson.dumps({**effect.payload, "caller": phone_index(call.number) if call.number else None})
    if effect.message in ALERTED:
        return orjson.dumps({**effect.payload, "call_id": _name(call, effect)})
    return orjson.dumps(effect.payload)


def _name(call: Call, effect: Tell) -> str:
    """Under which call it is told: an alert that took the place of another call's is waited for under that one."""
    return str(call.facts.get(INSTEAD) or call.id) if effect.message in ALERTED else call.id


def _keep(saving: Saving, call: Call, effect: Keep, now: datetime, node: str) -> None:
    saving.recording(
        {
            "name": effect.name,
            "call_id": call.id,
            "node": node,
            "kind": effect.kind,
            "agent": effect.agent,
            "case_no": call.case_no,
            "seconds": effect.seconds,
            "at": now,
            "bytes": None,
            "sha256": "",
        }
    )
