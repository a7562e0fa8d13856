"""`POST /cases/{case_no}/actions/{action}`."""

from typing import Any

from api.actions.schemas import ActionBody, Started
from api.auth import guard
from api.idempotency.http import create
from api.product import product
from api.rest import Resource
from engine.runtime.work import Work
from processes.actions import services
from processes.cases import access

resource = Resource("actions", __name__, "侧向动作：催办、补充、撤回、延期、关联、批示。 Side actions.")


@resource.on("/cases/<case_no>/actions/<action>", "POST", 201, Started)
@resource.takes(ActionBody)
def perform(body: dict[str, Any], case_no: str, action: str) -> Any:
    """Start `urge`, `supplement`, `withdraw`, `extend`, `link` or `note`."""
    who = guard.actor()
    access.check(product().engine, who, case_no)

    def command(work: Work) -> dict[str, Any]:
        return {"instance_id": str(services.perform(work, case_no, action, body))}

    return create(who, command)
