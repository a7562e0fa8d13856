"""`GET /deliveries`."""

from typing import Any

from api.auth import guard, rights
from api.deliveries import schemas, services
from api.product import product
from api.rest import Resource
from engine.outbox.models import Delivery

resource = Resource("deliveries", __name__, "对外发送。 Deliveries to the outside.")


@resource.on("/deliveries", "GET", answer=schemas.Deliveries)
@resource.takes(schemas.DeliveryQuery, "query")
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The newest deliveries and what became of them, without their bodies."""
    guard.require(*rights.AUDIT)
    with product().engine.read() as session:
        found = services.newest(session, query.get("state"), query["limit"])
        return {"items": [_shown(delivery) for delivery in found], "next": None}


def _shown(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "connector": delivery.connector,
        "case_no": delivery.business_key,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "due_at": delivery.due_at,
        "created_at": delivery.created_at,
        "settled_at": delivery.settled_at,
        "last_error": delivery.last_error,
    }
