"""Asking, taking what was asked, and reading what became of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import String, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.db import Instant, tables
from engine.errors import NotFound
from engine.prepared import Prepared
from telephony.calls import ids
from telephony.calls.models import PhoneCall
from telephony.commands.models import DONE, OPEN, REFUSED, TAKEN, PhoneCommand
from telephony.seats.models import OFFLINE, Seat

CLICK, SURVEY, PAGER, OUTBOUND, NOTICE = "click", "survey", "pager", "outbound", "notice"
NEW_CALLS = (CLICK, SURVEY, PAGER, OUTBOUND, NOTICE)
"""The kinds that begin a call of their own."""
LATEST: Final = timedelta(minutes=2)
"""A call that nobody could begin for so long after it was asked for is not begun any more; a pager's always is."""
COMMAND, CALL, SEAT = tables(PhoneCommand, PhoneCall, Seat)
_HERE: Final = bindparam("node", type_=String())
_OPEN: Final = Prepared(
    select(COMMAND, CALL.c.id.label("living"))
    .outerjoin(CALL, and_(CALL.c.id == COMMAND.c.call_id, CALL.c.ended_at.is_(None)))
    .outerjoin(SEAT, and_(SEAT.c.agent == COMMAND.c.agent, SEAT.c.state != OFFLINE))
    .where(
        COMMAND.c.state == OPEN,
        or_(CALL.c.id.is_(None), and_(CALL.c.node == _HERE, CALL.c.app == bindparam("app"))),
        or_(
            SEAT.c.agent.is_(None),
            SEAT.c.node == "",
            SEAT.c.node == _HERE,
            COMMAND.c.asked_at < bindparam("stale", type_=Instant()),
        ),
    )
    .order_by(COMMAND.c.id)
    .limit(100)
)
_TAKE: Final = Prepared(
    update(COMMAND).where(COMMAND.c.id == bindparam("row"), COMMAND.c.state == OPEN).values(state=TAKEN, app=bindparam("app"))
)
_SETTLE: Final = Prepared(
    update(COMMAND)
    .where(COMMAND.c.id == bindparam("row"))
    .values(state=bindparam("state"), answer=bindparam("answer"), done_at=bindparam("done_at"))
)


def ask(session: Session, actor: Actor, kind: str, given: Mapping[str, Any], now: datetime, *, call_id: str = "") -> PhoneCommand:
    """Have something done; a kind of `NEW_CALLS` gets the id of its call here, so that whoever asks can wait for it."""
    row = PhoneCommand(
        kind=kind,
        call_id=call_id or ids.new(),
        given=orjson.dumps(dict(given)).decode(),
        by=actor.id,
        agent=actor.id if kind == CLICK else str(given.get("agent") or "") if kind == NOTICE else "",
        asked_at=now,
        state=OPEN,
        app="",
        answer="",
        done_at=None,
    )
    session.add(row)
    session.flush()
    return row


def read(session: Session, number: int) -> PhoneCommand:
    """What became of it. Raises `NotFound`."""
    row = session.get(PhoneCommand, number)
    if row is None:
        raise NotFound
    return row


def waiting(session: Session, node: str, app: str, now: datetime) -> list[Any]:
    """What an application of an exchange can do of what nobody has taken yet, oldest first, and whatever was asked too long ago: all
    but what is for others' calls, or for telephones of another exchange. `living` is None for a call that is over, or not begun."""
    return _OPEN.all(session.connection(), {"node": node, "app": app, "stale": now - LATEST})


def too_late(row: Any, now: datetime) -> bool:
    """Whether it was asked so long ago that nobody expects the call any more. An emergency is never dropped."""
    return row.kind in NEW_CALLS and row.kind != PAGER and bool(row.asked_at < now - LATEST)


def take(session: Session, number: int, app: str) -> bool:
    """Take it; False when another worker was first."""
    return _TAKE.run(session.connection(), {"row": number, "app": app}) == 1


def settle(session: Session, number: int, now: datetime, *, refused: str = "") -> None:
    """It was done, or refused for a reason (Chinese, then English)."""
    _SETTLE.run(session.connection(), {"row": number, "state": REFUSED if refused else DONE, "answer": refused, "done_at": now})
