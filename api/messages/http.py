"""`POST /messages`."""

from collections.abc import Mapping
from typing import Any

from api.auth import guard, rights
from api.idempotency.http import create
from api.messages.schemas import Accepted, NewMessage
from api.product import product
from api.rest import Resource
from engine.errors import Invalid
from engine.runtime.work import Work
from engine.timers import durations

resource = Resource("messages", __name__, "消息。 BPMN messages by name and correlation.")


@resource.on("/messages", "POST", answer=Accepted)
@resource.takes(NewMessage)
def send(body: dict[str, Any]) -> Any:
    """Send a message to whichever instance waits for it; kept if none does yet (administrators)."""
    who, name = guard.require(*rights.ADMINISTER), body["name"]
    _require_known(name, body["correlation"])
    correlations = [f"{key}={value}" for key, value in sorted(body["correlation"].items())]
    payload = {**body["correlation"], **body["payload"]}
    lifetime = durations.parse(body["ttl"], "ttl") if "ttl" in body else None

    def command(work: Work) -> dict[str, Any]:
        work.send(name, correlations, payload, lifetime=lifetime)
        return {"name": name, "accepted": True}

    return create(who, command)


def _require_known(name: str, correlation: Mapping[str, str]) -> None:
    """Refuse what no diagram could ever catch."""
    key = product().engine.registry.messages.get(name)
    if key is None:
        raise Invalid(errors={"name": f"没有登记名为 {name} 的消息。 There is no message {name}."})
    if key not in correlation:
        raise Invalid(errors={"correlation": f"消息 {name} 按 {key} 关联。 {name} is correlated by {key}."})
