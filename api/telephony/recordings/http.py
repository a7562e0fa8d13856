"""`/telephony/recordings`: found, and heard for a reason that is kept."""

from datetime import timedelta
from typing import Any

from flask import Response, request, send_file

from api.auth import guard, rights
from api.product import product
from api.rest import PREFIX, Resource
from api.telephony.calls.services import recording_json
from api.telephony.recordings import sampling, schemas, services
from engine import clock, reasons
from engine.actor import Actor
from processes.cases import access
from telephony.recordings.models import Recording

resource = Resource("telephony-recordings", __name__, "录音。 Recordings.", PREFIX + "/telephony")


def hearer() -> Actor:
    """Who asks for a recording: somebody with a telephone, with others' recordings to hear, or of a unit. Raises `Forbidden`."""
    who = guard.actor()
    return who if services.hears(who) else guard.require(*services.MAY_HEAR)


@resource.on("/recordings", "GET", answer=schemas.RecordingList)
@resource.takes(schemas.RecordingQuery, "query")
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The recordings of a call or a case; an agent finds their own, a unit those of its cases' callers."""
    who, engine = hearer(), product().engine
    if query["case_no"]:
        access.check(engine, who, query["case_no"])
    with engine.read() as session:
        rows = services.found(session, who, call_id=query["call"], case_no=query["case_no"])
        return {"items": [recording_json(row) for row in rows]}


@resource.on("/recordings/sample", "GET", answer=schemas.Sample)
@resource.takes(schemas.SampleQuery, "query")
def sample(query: dict[str, Any]) -> dict[str, Any]:
    """抽听 A talk that nobody has checked yet, picked by chance, for those who may hear everybody's."""
    who = guard.require(*rights.HEAR_CALLS)
    with product().engine.read() as session:
        row = sampling.pick(session, who, clock.now() - timedelta(days=query["days"]), query["agent"])
        return {"item": None if row is None else recording_json(row)}


@resource.on("/recordings/<path:name>", "GET")
@resource.takes(schemas.HearQuery, "query")
def hear(query: dict[str, Any], name: str) -> Response:
    """The sound itself (audio/wav), for a reason; every time is on record, the further pieces that a player asks for are not."""
    who, at_hand = hearer(), product()
    row = services.check(at_hand.engine, who, name)
    path = services.file_of(at_hand.settings.recordings, row)
    reason = reasons.tidy(query["reason"])
    if not ("Range" in request.headers and _listens(who, row, reason)):
        at_hand.engine.transact(who, lambda work: services.listen(work.session, who, row, reason, work.now))
    return send_file(path, "audio/wav", as_attachment=query["download"], download_name=path.name, conditional=True, etag=False)


def _listens(who: Actor, row: Recording, reason: str) -> bool:
    with product().engine.read() as session:
        return services.listens(session, who, row, reason, clock.now())
