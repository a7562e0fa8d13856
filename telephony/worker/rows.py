"""The effects that are rows: written in the transaction of the step that they follow from."""

from collections.abc import Iterable
from datetime import datetime

import orjson

from processes.registry.citizens.services import phone_index
from telephony.calls.effects import Effect, Engage, Free, Keep, Tell
from telephony.calls.values import Call
from telephony.plan.values import Plan
from telephony.seats import services as seats
from telephony.worker.store import Saving


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
            saving.notice(call.id, effect.message, _payload(call, effect))
        elif isinstance(effect, Keep):
            _keep(saving, call, effect, now, node)


def _payload(call: Call, effect: Tell) -> bytes:
    if effect.message == "CallMissed":
        # calls of one number are answered once; the number itself stays out of the processes
        return orjson.dumps({**effect.payload, "caller": phone_index(call.number)})
    return orjson.dumps(effect.payload)


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
