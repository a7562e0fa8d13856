"""What supervisors do with others' calls (监听、密语、强插、接管、强拆) stands in the audit register, from wherever it was asked."""

from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from engine.actor import Actor
from processes.registry.audit import services as audit
from telephony.calls.values import Call

ACTIONS: Final = {
    "listen": "call.listened",
    "whisper": "call.whispered",
    "barge": "call.barged",
    "take-over": "call.taken_over",
    "force-out": "call.forced_out",
}
"""How each is named there; the three modes of `supervise` by themselves."""


def record(session: Session, row: Any, call: Call) -> None:
    """Put a command on record that is carried out, with the agent who had the call; nothing for what agents do with their own."""
    kind = str(orjson.loads(row.given).get("mode", "")) if row.kind == "supervise" else row.kind
    if kind in ACTIONS:
        audit.record(session, Actor(row.by), ACTIONS[kind], f"call:{call.id}", {"agent": call.agent})
