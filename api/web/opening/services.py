"""What the page of a new case needs beside the domain's own opening: its choices, its fields, the first task."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.web import words
from engine.actor import Actor
from engine.definitions.models import Bundle
from engine.errors import BihuanError
from engine.runtime.engine import Engine
from engine.workitems.models import OPEN, WorkItem, unpack_groups
from processes.cases.opening import NewCase, NewCitizen

ANONYMOUS = "anonymous"
LABELS = {"citizen.name": "name", "citizen.phone": "phone", "citizen": "name"}
"""Where the domain's fields stand on the page."""


def categories(session: Session) -> list[tuple[str, str]]:
    """The categories of a case whose process is published, as (key, message to translate)."""
    running = set(session.scalars(select(Bundle.process_key).where(Bundle.current)))
    return [(key, name) for key, name in words.CATEGORIES.items() if key in running]


def read(typed: Mapping[str, str], call_id: str = "") -> NewCase:
    """The case that was typed in; its process knows the call that it was opened in, if it was one."""
    given = {name: text.strip() for name, text in typed.items()}
    anonymous = given.get("who") == ANONYMOUS
    return NewCase(
        category=given.get("category", ""),
        channel=given.get("channel", ""),
        title=given.get("title", ""),
        content=given.get("content", ""),
        citizen=None if anonymous else NewCitizen(given.get("name", ""), given.get("phone", "")),
        anonymous_reason=given.get("anonymous_reason") or None if anonymous else None,
        area=given.get("area") or None,
        address=given.get("address") or None,
        confidential=given.get("confidential") == "true",
        variables={"call_id": call_id} if call_id else {},
    )


def errors_by_field(errors: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """The domain's errors under the names that the page's fields have."""
    anonymous = typed.get("who") == ANONYMOUS
    return {("anonymous_reason" if anonymous and key == "citizen" else LABELS.get(key, key)): message for key, message in errors.items()}


def take_first_task(engine: Engine, actor: Actor, instance_id: int) -> str | None:
    """Claim the case's first task for who opened it, when they may do it; answers its id."""
    with engine.read() as session:
        query = select(WorkItem).where(WorkItem.instance_id == instance_id, WorkItem.state == OPEN).order_by(WorkItem.task_id)
        item: Any = session.scalars(query.limit(1)).first()
    if item is None or not actor.may_act_for(frozenset(unpack_groups(item.candidate_groups))):
        return None
    try:
        engine.transact(actor, lambda work: work.claim(item.instance_id, item.task_id))
    except BihuanError:
        return None
    task_id: str = item.public_id
    return task_id
