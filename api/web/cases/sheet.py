"""A case as its page shows it: the domain's answer with its codes in words, its story, its present diagrams."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from api.web import words
from api.web.cases.pictures import pictures
from api.web.cases.timeline import timeline
from api.web.people import of_centre, offered_to, unit_names
from api.web.replay.track import track
from api.web.scenes import Story, story_of
from api.web.times import ago
from engine.actor import Actor
from engine.runtime.engine import Engine
from processes.casefile.guards import NoSuchCase
from processes.casefile.masking import masked
from processes.cases import views
from processes.registry.areas.services import area
from processes.registry.taxonomy.services import matter_class

LATEST = 8
"""How many lines of its story stand beside a task."""


def brief(session: Session, engine: Engine, actor: Actor, case_no: str) -> dict[str, Any]:
    """What stands beside a task: the facts, None where there is no case yet, and the newest lines of the story first."""
    if not case_no:
        return {"sheet": None, "timeline": []}
    story = story_of(engine, session, case_no)
    try:
        case = views.case(session, engine, actor, case_no)
    except NoSuchCase:
        case = None
    return {
        "sheet": None if case is None else _in_words(session, actor, case, story),
        "timeline": timeline(story)[: -LATEST - 1 : -1],
    }


def whole(session: Session, engine: Engine, actor: Actor, case_no: str) -> dict[str, Any]:
    """Everything of the case page that is read from the case itself. Raises `NoSuchCase`."""
    story = story_of(engine, session, case_no)
    sheet = _in_words(session, actor, views.case(session, engine, actor, case_no), story)
    drawn = pictures(track(story), story.scenes, _labels(sheet["tasks"]))
    return {
        "sheet": sheet,
        "scenes": story.scenes,
        "timeline": timeline(story),
        "pictures": drawn,
        "first_picture": next((place for place, picture in enumerate(drawn) if any(picture["current"].values())), 0),
    }


def _area(name: str | None, address: str | None) -> str | None:
    """The area, unless the address begins with it."""
    return None if name and address and address.startswith(name) else name


def _in_words(session: Session, actor: Actor, case: Mapping[str, Any], story: Story) -> dict[str, Any]:
    units = unit_names(session)
    place = area(case["area"]) if case["area"] else None
    last_class = next((found for code in reversed(case["classes"]) if (found := matter_class(code))), None)
    return {
        **case,
        "heading": masked(case["title"]),
        "category": words.word(words.CATEGORIES, case["category"]),
        "channel": words.word(words.CHANNELS, case["channel"]),
        "urgency": words.word(words.URGENCIES, case["urgency"]),
        "area": _area(place.full_name if place else case["area"], case["address"]),
        "classes": " › ".join(last_class.path) if last_class else "",
        "flags": list(dict.fromkeys(entry["label"] for entry in case["entries"] if entry["kind"] == "flag" and entry["label"])),
        "tasks": [_task(task, actor, units, story) for task in case["tasks"]],
        "work_orders": [_order(order, units) for order in case["work_orders"]],
        "supervision": [_supervision(one) for one in case["supervision"]],
        "of_centre": of_centre(actor),
    }


def _task(task: Mapping[str, Any], actor: Actor, units: Mapping[str, str], story: Story) -> dict[str, Any]:
    mine = task["assignee"] == actor.id or actor.override
    return {
        **task,
        "roles": offered_to(task["candidate_groups"], units),
        "process": story.process_of(task["instance_id"]),
        "may_act": mine or (task["assignee"] is None and actor.may_act_for(frozenset(task["candidate_groups"]))),
    }


def _order(order: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, Any]:
    return {
        **order,
        "unit_name": units.get(order["unit"], order["unit"]),
        "role_name": words.word(words.ORDER_ROLES, order["role"]),
        "status_name": words.word(words.ORDER_STATES, order["status"]),
        "result_name": words.word(words.RESULTS, order["result"]),
    }


def _supervision(one: Mapping[str, Any]) -> dict[str, Any]:
    level = words.LEVELS.get(min(one["level"], max(words.LEVELS)), "")
    return {**one, "level_name": level, "state_name": words.word(words.SUPERVISION, one["state"])}


def _labels(tasks: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """The words under the tokens: who has the task, and since when."""
    return {(task["instance_id"], task["element_id"]): f"{task['assignee'] or task['roles']} · {ago(task['created_at'])}" for task in tasks}
