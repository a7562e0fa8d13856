"""Versions of the plan: which there are, what stood in one, and putting another into force."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth.rights import PLAN_CALLS, SUPERVISE_CALLS
from engine.actor import Actor
from engine.errors import Conflict, Invalid, NotFound
from telephony.plan import services as plans
from telephony.plan.models import PhonePlan
from telephony.plan.services import BadPlan

MAY_READ: Final = tuple(dict.fromkeys((*PLAN_CALLS, *SUPERVISE_CALLS)))
NEWEST = 100
"""Versions that are listed."""
LONGEST_NOTE = 200
MOST_VERSIONS = 2**31
"""What the column holds."""
_ENTRY: Final = re.compile(r"^(\w+\.[^.]+)\.value(?=\.|$)")
"""How marshmallow names what stands under a key, which nobody wrote there."""
SHIPPED: Final = {"version": 0, "by": "", "at": None, "note": ""}


class Overtaken(Conflict):
    """您编辑期间，别人发布了新的方案，请再比较一次。 Another plan was published meanwhile: compare again."""

    code = "plan-overtaken"


def versions(session: Session) -> list[dict[str, Any]]:
    """The newest versions first, without their bodies; last the one that the product comes with."""
    columns = (PhonePlan.version, PhonePlan.by, PhonePlan.at, PhonePlan.note)
    rows = session.execute(select(*columns).order_by(PhonePlan.version.desc()).limit(NEWEST))
    return [*({"version": row.version, "by": row.by, "at": row.at, "note": row.note} for row in rows), SHIPPED]


def body_of(session: Session, version: int) -> dict[str, Any]:
    """What stood in a version; 0 is the one that the product comes with. Raises `NotFound`."""
    if version == 0:
        return plans.shipped()
    row = session.get(PhonePlan, version) if version < MOST_VERSIONS else None
    if row is None:
        raise NotFound
    return row.body


def mistakes(session: Session, body: Mapping[str, Any]) -> dict[str, str]:
    """Every place of a plan that is wrong."""
    try:
        plans.of_body(body, session, 0)
    except BadPlan as refusal:
        return {_ENTRY.sub(r"\1", place): message for place, message in refusal.errors.items()}
    return {}


def publish(session: Session, actor: Actor, body: Mapping[str, Any], note: str, now: datetime, *, seen: int | None) -> int:
    """Put a plan into force that was made out of the version `seen`; answers its version.

    Raises `BadPlan`, `Overtaken` when another version is in force by now, `Invalid` at the note.
    """
    if len(note.strip()) > LONGEST_NOTE:
        raise Invalid(errors={"note": f"不超过 {LONGEST_NOTE} 字。 {LONGEST_NOTE} characters at most."})
    version = plans.current_version(session)
    if seen is not None and seen != version:
        raise Overtaken(version=version)
    return plans.change(session, actor, body, now, note.strip())
