"""The door to the exchange: the operations that diagrams name, while there is no telephone behind them.

They succeed with `{"available": false}`, and the flow takes its manual branch (contract.md, "Messages and operations").
"""

from typing import Any, Final

from engine.context import Context
from engine.registry import Parameter, Registry

CLOSED: Final = {"available": False}

OPERATIONS: Final = {
    "tel.call": ("外拨电话 Call somebody.", (Parameter("to", required=False), Parameter("text", required=False))),
    "tel.survey": ("电话回访 Ask for satisfaction by telephone.", (Parameter("to", required=False),)),
    "tel.conference_expert": ("三方通话 Bring an expert into the call.", (Parameter("expert", required=False),)),
    "tel.assign_missed": ("分派未接来电 Hand a missed call to an agent.", (Parameter("call_id", required=False),)),
    "tel.pager_start": ("呼叫器联系人轮呼 Call a pager's contacts in turn.", (Parameter("device", required=False),)),
}


def register(registry: Registry) -> None:
    """Register the operations of an exchange that is switched off."""
    for name, (summary, parameters) in OPERATIONS.items():
        registry.operation(name, *parameters, summary=summary)(_unavailable)


def _unavailable(context: Context, /, **parameters: Any) -> dict[str, bool]:
    return dict(CLOSED)
