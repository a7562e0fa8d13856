"""`/telephony/campaigns`: outbound lists 外呼任务, made, paused, and what came of each number (T17)."""

from http import HTTPStatus
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from api.auth import guard, rights
from api.idempotency.http import create
from api.ids import number_in
from api.product import product
from api.rest import PREFIX, Body, Resource
from engine import cursors
from engine.runtime.work import Work
from processes.registry.citizens.masking import mask_phone
from telephony.campaigns import services
from telephony.campaigns.models import Campaign
from telephony.campaigns.services import NewCampaign
from telephony.plan import services as plans

resource = Resource("telephony-campaigns", __name__, "外呼任务。 Outbound lists.", PREFIX + "/telephony")
PAGE = 1000


class CampaignBody(Body):
    """A list: whom to call, and when. Without a queue the machine asks the plan's questions; minutes are after midnight in Beijing."""

    name = fields.String(required=True)
    numbers = fields.List(fields.String(), required=True)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    queue = fields.String(load_default="")
    from_minute = fields.Integer(load_default=9 * 60)
    to_minute = fields.Integer(load_default=18 * 60)
    most_tries = fields.Integer(load_default=3)
    pause_minutes = fields.Integer(load_default=60)
    at_once = fields.Integer(load_default=5)


class CampaignShown(Schema):
    """A list, `running`, `paused` or `over`, with how many of its numbers are in which state."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    queue = fields.String(required=True)
    state = fields.String(required=True)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    results = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class CampaignList(Schema):
    """The newest first."""

    items = fields.List(fields.Nested(CampaignShown), required=True)


class TargetShown(Schema):
    """A number of a list, masked: `waiting`, `calling`, `done`, `failed` or `skipped`."""

    number = fields.String(required=True)
    state = fields.String(required=True)
    tries = fields.Integer(required=True)
    next_at = fields.AwareDateTime(required=True)
    call_id = fields.String(required=True)
    result = fields.String(required=True)


class TargetList(Schema):
    """In the order in which they were given."""

    items = fields.List(fields.Nested(TargetShown), required=True)
    next = fields.String(required=True, allow_none=True)


class TargetQuery(Schema):
    """From where on."""

    cursor = fields.String(load_default=None)


@resource.on("/campaigns", "GET", answer=CampaignList)
def listed() -> dict[str, Any]:
    """The outbound lists."""
    guard.require(*rights.SUPERVISE_CALLS)
    with product().engine.read() as session:
        rows = services.newest(session)
        progress = services.progress(session, [row.id for row in rows])
        return {"items": [_shown(row, progress[row.id]) for row in rows]}


@resource.on("/campaigns", "POST", HTTPStatus.CREATED, CampaignShown)
@resource.takes(CampaignBody)
def make(body: dict[str, Any]) -> Any:
    """Make a list; its numbers are called as soon as its window opens."""
    who = guard.require(*rights.SUPERVISE_CALLS)
    new = NewCampaign(**{**body, "numbers": tuple(body["numbers"])})

    def command(work: Work) -> dict[str, Any]:
        row = services.create(work.session, who, new, plans.current(work.session), work.now)
        shown = _of(work.session, row)
        return {**shown, "opens_at": row.opens_at.isoformat(), "closes_at": row.closes_at.isoformat()}

    return create(who, command)


@resource.on("/campaigns/<campaign>/pause", "POST", answer=CampaignShown)
def pause(campaign: str) -> dict[str, Any]:
    """Pause a list; calls under way go on."""
    return _switched(campaign, on=False)


@resource.on("/campaigns/<campaign>/run", "POST", answer=CampaignShown)
def run(campaign: str) -> dict[str, Any]:
    """Let a paused list run on."""
    return _switched(campaign, on=True)


@resource.on("/campaigns/<campaign>/end", "POST", answer=CampaignShown)
def end(campaign: str) -> dict[str, Any]:
    """End a list now; calls under way go on."""
    who, row_id = guard.require(*rights.SUPERVISE_CALLS), number_in(campaign)
    product().engine.transact(who, lambda work: services.end(work.session, who, row_id))
    return _one(row_id)


@resource.on("/campaigns/<campaign>/targets", "GET", answer=TargetList)
@resource.takes(TargetQuery, location="query")
def targets(query: dict[str, Any], campaign: str) -> dict[str, Any]:
    """What came of each number."""
    guard.require(*rights.SUPERVISE_CALLS)
    row_id, after = number_in(campaign), cursors.row_in(query["cursor"])
    with product().engine.read() as session:
        rows = services.targets(session, row_id, after, PAGE + 1)
        items = [
            {
                "number": mask_phone(row.number),
                "state": row.state,
                "tries": row.tries,
                "next_at": row.next_at,
                "call_id": row.call_id,
                "result": row.result,
            }
            for row in rows[:PAGE]
        ]
        return {"items": items, "next": cursors.encode((rows[PAGE - 1].id,)) if len(rows) > PAGE else None}


def _switched(campaign: str, *, on: bool) -> dict[str, Any]:
    who, row_id = guard.require(*rights.SUPERVISE_CALLS), number_in(campaign)
    product().engine.transact(who, lambda work: services.switch(work.session, who, row_id, on=on))
    return _one(row_id)


def _one(row_id: int) -> dict[str, Any]:
    with product().engine.read() as session:
        return _of(session, session.get_one(Campaign, row_id))


def _of(session: Session, row: Campaign) -> dict[str, Any]:
    return _shown(row, services.progress(session, [row.id])[row.id])


def _shown(row: Campaign, progress: services.Progress) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "queue": row.queue,
        "state": row.state,
        "opens_at": row.opens_at,
        "closes_at": row.closes_at,
        "by": row.by,
        "results": progress.by_state,
    }
