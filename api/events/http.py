"""`GET /events`: the inbox pushes of the session."""

from flask import Response, request

from api.auth import guard
from api.errors import NotReady
from api.product import product
from api.rest import Resource

resource = Resource("events", __name__, "推送（server-sent events）。 Pushes, ids only.")


@resource.on("/events", "GET")
def events() -> Response:
    """Stream the pushes that concern this session: `event: inbox` (`{task, case_no, state}`), and `event: seat` (`{call_id}`) when the
    own seat or its call has changed. `Last-Event-ID` resumes, `event: reset` says: fetch everything again."""
    actor = guard.actor(counts_as_use=False)
    pushes = product().pushes
    if pushes.full():
        raise NotReady("推送连接已满，请稍后再试。 Too many open streams; try again later.")
    stream = pushes.stream(actor, request.headers.get("Last-Event-ID"))
    return Response(stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
