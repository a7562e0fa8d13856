"""The door to the exchange: the operations that diagrams name, while there is no telephone behind them.

They succeed with `{"available": false}`, and the flow takes its manual branch (contract.md, "Messages and operations").
"""

from collections.abc import Collection
from typing import Any, Final

from engine.context import Context
from engine.registry import Parameter, Registry

CLOSED: Final = {"available": False}
CALL: Final = Parameter("call_id", required=False)
TO: Final = Parameter("to", required=False)

OPERATIONS: Final = {
    "tel.call": ("外拨电话 Call somebody.", (TO, Parameter("text", required=False))),
    "tel.caller": ("来电识别 Who is known to call: classes, blacklist, cases.", (CALL,)),
    "tel.survey": ("电话回访 Ask for satisfaction by telephone.", (TO, Parameter("case_no", required=False))),
    "tel.conference_expert": ("三方通话 Bring an expert into the call.", (CALL, Parameter("expert", required=False))),
    "tel.three_party": ("三方报警 Bring 110, 119 or 120 into the call.", (CALL, Parameter("to", "any", required=False))),
    "tel.transfer": ("转接 Transfer the call.", (CALL, TO)),
    "tel.remind": ("提醒补登 Remind whoever took a call that its form is open; never while the call lasts.", (CALL, TO)),
    "tel.assign_missed": ("分派未接来电 Hand a missed call to an agent.", (CALL,)),
    "tel.text": ("短信告知来电人 Send the caller a text message.", (CALL, Parameter("template", required=False))),
    "tel.pager_start": (
        "呼叫器联系人轮呼 Call a pager's contacts in turn.",
        (Parameter("device", required=False), CALL, Parameter("key", required=False), Parameter("again", "any", required=False)),
    ),
}


def register(registry: Registry, *, but: Collection[str] = ()) -> None:
    """Register the operations and functions of an exchange that is switched off, `but` those that it has."""
    for name, (summary, parameters) in OPERATIONS.items():
        if name not in but:
            registry.operation(name, *parameters, summary=summary)(_unavailable)
    if "caller_number" not in but:
        registry.function("caller_number", 1)(caller_number)


def caller_number(context: Context, call_id: str | None) -> str | None:
    """来电号码 The number that a call came from, for a form to begin with; None while there is no exchange."""
    return None


def _unavailable(context: Context, /, **parameters: Any) -> dict[str, bool]:
    return dict(CLOSED)
