"""`/telephony/recordings`: found, and heard for a reason that is kept."""

from typing import Any

from flask import Response, request, send_file

from api.auth import guard, rights
from api.product import product
from api.rest import PREFIX, Resource
from api.telephony.calls.services import recording_json
from api.telephony.recordings import schemas, services

resource = Resource("telephony-recordings", __name__, "录音。 Recordings.", PREFIX + "/telephony")
MAY_HEAR = tuple(dict.fromkeys((*rights.TAKE_CALLS, *rights.HEAR_CALLS)))


@resource.on("/recordings", "GET", answer=schemas.RecordingList)
@resource.takes(schemas.RecordingQuery, "query")
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The recordings of a call or a case; an agent finds their own."""
    who = guard.require(*MAY_HEAR)
    with product().engine.read() as session:
        rows = services.found(session, who, call_id=query["call"], case_no=query["case_no"])
        return {"items": [recording_json(row) for row in rows]}


@resource.on("/recordings/<path:name>", "GET")
@resource.takes(schemas.HearQuery, "query")
def hear(query: dict[str, Any], name: str) -> Response:
    """The sound itself (audio/wav), for a reason; every time is on record, a player's further ranges of one time are not."""
    who, at_hand = guard.require(*MAY_HEAR), product()
    with at_hand.engine.read() as session:
        path = services.file_of(at_hand.settings.recordings, services.check(session, who, name))
    if request.headers.get("Range", "bytes=0-").startswith("bytes=0-"):
        at_hand.engine.transact(who, lambda work: services.listen(work.session, who, name, query["reason"], work.now))
    return send_file(path, "audio/wav", as_attachment=query["download"], download_name=path.name, conditional=True, etag=False)
