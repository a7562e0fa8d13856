"""`POST /callbacks/oa/{unit}`: signed by Standard Webhooks, no token, no CSRF token."""

import orjson
from flask import Response, request

from api import errors
from api.callbacks.schemas import Applied, Callback
from api.json import dumps, read
from api.product import product
from api.rest import Resource
from connectors.oa.errors import BadSignature
from connectors.oa.received import OK, Answer, answer_once
from connectors.oa.signatures import verified
from engine.actor import Actor
from engine.errors import BihuanError, Malformed
from processes.registry.units import services as units
from processes.work_orders import callbacks

resource = Resource("callbacks", __name__, "回调。 Signed answers of departments' own systems.")


@resource.on("/callbacks/oa/<unit>", "POST", answer=Applied)
@resource.shows(Callback)
def oa(unit: str) -> Response:
    """Apply what a department says of a work order; a repeat of `webhook-id` changes nothing and answers the same."""
    engine, raw = product().engine, request.get_data()
    with engine.read() as session:
        secret = units.callback_secret(session, unit)
    if secret is None:
        raise BadSignature
    webhook_id = verified(secret, dict(request.headers), raw)
    body = read(raw)
    if not isinstance(body, dict):
        raise Malformed("请求体应为 JSON 对象。 The body must be a JSON object.")
    actor = Actor(f"unit:{unit}", frozenset({"unit", f"unit:{unit}"}))
    answer = answer_once(engine, actor, unit, webhook_id, lambda work: callbacks.apply(work, unit, body), _refusal)
    kind = "application/json" if answer.status == OK else "application/problem+json"
    return Response(dumps(answer.body), answer.status, content_type=kind)


def _refusal(error: BihuanError) -> Answer:
    problem = errors.of_bihuan(error)
    return Answer(problem.status_code, orjson.loads(problem.get_data()))
