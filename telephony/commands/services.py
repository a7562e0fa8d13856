"""Asking, taking what was asked, and reading what became of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.db import tables
from engine.errors import NotFound
from engine.prepared import Prepared
from telephony.calls import ids
from telephony.commands.models import DONE, OPEN, REFUSED, TAKEN, PhoneCommand

CLICK, SURVEY, PAGER, OUTBOUND, NOTICE = "click", "survey", "pager", "outbound", "notice"
NEW_CALLS = (CLICK, SURVEY, PAGER, OUTBOUND, NOTICE)
"""The kinds that begin a call of their own."""
(COMMAND,) = tables(PhoneCommand)
_OPEN: Final = Prepared(select(COMMAND).where(COMMAND.c.state == OPEN).order_by(COMMAND.c.id).limit(100))
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


def waiting(session: Session) -> list[Any]:
    """What nobody has taken yet, oldest first."""
    return _OPEN.all(session.connection(), {})


def take(session: Session, number: int, app: str) -> bool:
    """Take it; False when another worker was first."""
    return _TAKE.run(session.connection(), {"row": number, "app": app}) == 1


def settle(session: Session, number: int, now: datetime, *, refused: str = "") -> None:
    """It was done, or refused for a reason (Chinese, then English)."""
    _SETTLE.run(session.connection(), {"row": number, "state": REFUSED if refused else DONE, "answer": refused, "done_at": now})
