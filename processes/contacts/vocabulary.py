"""What contacts lend to the diagrams: the operations `call.*` the code that a caller is still to be told, how calls start."""

from datetime import timedelta
from typing import Any

from engine.context import Context
from engine.registry import Choice, Parameter, Registry
from processes.contacts import missed, services

CALL = Parameter("call_id")


def register(registry: Registry) -> None:
    """Lend the operations and the function."""
    registry.operation("call.link", CALL, Parameter("case_no"))(link)
    registry.operation("call.told", CALL)(told)
    registry.operation(
        "call.missed", CALL, Parameter("caller", "str", False), Parameter("queue", "str", False), Parameter("minutes", "int")
    )(enter_missed)
    registry.operation("call.tried", CALL)(tried)
    registry.value_sources["code_to_tell"] = code_to_tell
    for message in ("CallReceived", "CallMissed", "VoicemailLeft"):
        registry.message_starts[message] = services.start_once


def link(context: Context, *, call_id: str | None, case_no: str) -> dict[str, bool]:
    """来电关联案件 Say that a call, and with it its recording, belongs to a case; nothing without a call."""
    return {"linked": bool(call_id) and services.link(context.session, str(call_id), case_no, context.now)}


def told(context: Context, *, call_id: str | None) -> None:
    """查询码已告知 Forget the query code that was kept for the caller to be told."""
    if call_id:
        services.told(context.session, str(call_id))


def enter_missed(context: Context, *, call_id: str, caller: str | None = None, queue: str | None = None, minutes: float) -> dict[str, bool]:
    """未接来电登记 Write a missed call down; `merged` when the same caller is to be called back already, since so many minutes at most."""
    within = timedelta(minutes=minutes)
    merged = missed.enter(context.session, call_id, caller or None, queue or None, context.now, context.instance_id, within)
    return {"merged": merged}


def tried(context: Context, *, call_id: str) -> dict[str, Any]:
    """回拨登记 Count an attempt to call back; answers how many there were, and who made this one."""
    return {"count": missed.tried(context.session, call_id), "agent": context.actor.id}


def code_to_tell(context: Context) -> list[Choice]:
    """待告知的查询码 The query code of the case opened in the call at hand, to be ticked when it was told.

    It is the choice's label: what a form gives back stays in the submissions for good, and this must not.
    """
    call_id = context.variables.get("call_id")
    code = services.code_to_tell(context.session, str(call_id)) if call_id else None
    return [{"value": "told", "label": code}] if code else []
