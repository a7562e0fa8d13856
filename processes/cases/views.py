"""One case as people see it: the contract's answer, and beside it what the case page shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import clock
from engine.actor import Actor
from engine.instances.models import Instance
from engine.runtime.engine import Engine
from engine.workitems.models import OPEN, WorkItem, unpack_groups
from processes.casefile import lamps, links, people, replies
from processes.casefile.guards import case_of, orders_of
from processes.casefile.rows import CaseRow, OrderRow
from processes.cases import consent
from processes.cases.access import hides_citizen
from processes.cases.dossier import dossier


def case(session: Session, engine: Engine, actor: Actor, case_no: str) -> dict[str, Any]:
    """A case with its open tasks, work orders and instances; times are aware datetimes. Raises `NoSuchCase`.

    Phones are masked; a confidential case (工单保密) shows a unit nothing of the citizen. Whether the actor may see the
    case at all is `access.check`'s question.
    """
    row, orders, now = case_of(session, case_no), orders_of(session, case_no), clock.now()
    return {
        "case_no": row.case_no,
        "category": row.category,
        "status": row.status,
        "outcome": row.outcome,
        "title": row.title,
        "lights": lamps.of_case(session, row, orders, now).as_json(),
        "tasks": _tasks(session, case_no),
        "work_orders": [order_json(session, order, now) for order in orders],
        "instances": _instances(session, case_no),
        **_links(session, case_no),
        **_facts(session, actor, row),
        **_gathered(session, actor, row),
    }


def order_json(session: Session, order: OrderRow, now: datetime) -> dict[str, Any]:
    """One work order as the API gives it."""
    lights = lamps.of_order(session, order, now)
    return {
        "work_order": order.number,
        "unit": order.unit,
        "role": order.role,
        "due_at": order.due_at,
        "lights": lights.as_json(),
        "status": order.status,
        "round": order.round,
        "dispatched_at": order.dispatched_at,
        "original_due_at": order.original_due_at,
        "acked_at": order.acked_at,
        "ack_level": order.ack_level,
        "handled_at": order.handled_at,
        "closed_at": order.closed_at,
        "result": order.result,
        "reply": order.reply,
        "measures": order.measures,
        "tags": [*lights.tags, *(["超时确认"] if order.ack_level else [])],
        "instance_id": None if order.instance_id is None else str(order.instance_id),
    }


def task_json(item: WorkItem) -> dict[str, Any]:
    """One open task as the API gives it."""
    return {
        "id": item.public_id,
        "element_id": item.element_id,
        "name": item.name,
        "instance_id": str(item.instance_id),
        "candidate_groups": unpack_groups(item.candidate_groups),
        "assignee": item.assignee,
        "due_at": item.due_at,
        "created_at": item.created_at,
        "process_key": item.process_key,
    }


def _tasks(session: Session, case_no: str) -> list[dict[str, Any]]:
    query = select(WorkItem).where(WorkItem.business_key == case_no, WorkItem.state == OPEN)
    oldest_first = query.order_by(WorkItem.created_at, WorkItem.instance_id, WorkItem.task_id)
    return [task_json(item) for item in session.scalars(oldest_first)]


def _instances(session: Session, case_no: str) -> list[dict[str, Any]]:
    columns = (Instance.id, Instance.process_key, Instance.process_version, Instance.status, Instance.outcome, Instance.started_at)
    rows = session.execute(select(*columns).where(Instance.business_key == case_no).order_by(Instance.id))
    return [
        {"id": str(id_), "definition": key, "version": version, "status": status, "outcome": outcome, "started_at": started_at}
        for id_, key, version, status, outcome, started_at in rows
    ]


def _links(session: Session, case_no: str) -> Mapping[str, Any]:
    """The group of calls about one matter: all others, those answered with this case, and the one that this case is answered with."""
    group, own = links.group_of(session, case_no), links.answered_with(session, case_no)
    return {
        "links": [{"case_no": one.case_no, "kind": one.kind, "master": one.master, "merged_into": one.merged_into} for one in group],
        "merged": [one.case_no for one in group if one.merged_into == case_no],
        "merged_into": None if own == case_no else own,
    }


def _gathered(session: Session, actor: Actor, row: CaseRow) -> Mapping[str, Any]:
    """What has gathered around the case; a unit is not told by its entries either whom a confidential one is about."""
    found = dossier(session, row.case_no)
    if hides_citizen(session, actor, row.case_no):
        for entry in found["entries"]:
            if entry["kind"] == consent.KIND or entry["label"] == "address":
                entry["text"] = entry["reason"] = None
    return found


def _facts(session: Session, actor: Actor, row: CaseRow) -> Mapping[str, Any]:
    """The facts of the case page: who (masked), where, what, when."""
    hidden = hides_citizen(session, actor, row.case_no)
    citizen = None if hidden else people.masked(row)
    return {
        "channel": row.channel,
        "content": row.content,
        "demand": row.demand,
        "respondent": row.respondent,
        "prelim_opinion": row.prelim_opinion,
        "occurred_at": row.occurred_at,
        "citizen": None if citizen is None else {"name": citizen.name, "phone": citizen.phone},
        "anonymous": row.citizen_id is None,
        "anonymous_reason": None if hidden else row.anonymous_reason,
        "area": row.area,
        "address": None if hidden else row.address,
        "classes": [code for code in (row.class_l1, row.class_l2, row.class_l3, row.class_l4) if code],
        "kind": row.kind,
        "urgency": row.urgency,
        "confidential": row.confidential,
        "reply_pref": row.reply_pref,
        "answer": replies.answer(session, row.case_no),
        "opened_at": row.opened_at,
        "opened_by": row.opened_by,
        "first_dispatched_at": row.first_dispatched_at,
        "handled_at": row.handled_at,
        "closed_at": row.closed_at,
    }
