"""Which calls belong to a case, what is still to be told in one, and that a call starts its process once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine.context import Command
from engine.db import tables
from engine.inserts import insert_once
from engine.instances.models import Instance
from engine.prepared import Prepared
from processes.contacts.models import CaseCall

CALL, INSTANCE = tables(CaseCall, Instance)
_STARTED: Final = Prepared(
    select(INSTANCE.c.id).where(INSTANCE.c.business_key == bindparam("call_id"), INSTANCE.c.process_key == bindparam("process_key"))
)
_TO_TELL: Final = Prepared(select(CALL.c.query_code).where(CALL.c.call_id == bindparam("call_id"), CALL.c.query_code.is_not(None)))
_TOLD: Final = Prepared(update(CALL).where(CALL.c.call_id == bindparam("b_call")).values(query_code=None))


def link(session: Session, call_id: str, case_no: str, now: datetime, *, query_code: str | None = None) -> bool:
    """Say that a call belongs to a case; whether that is new."""
    return insert_once(session, CaseCall, {"call_id": call_id, "case_no": case_no, "at": now, "query_code": query_code})


def calls_of(session: Session, case_no: str) -> Sequence[str]:
    """The ids of a case's calls, the first one first."""
    return session.scalars(select(CaseCall.call_id).where(CaseCall.case_no == case_no).order_by(CaseCall.at, CaseCall.call_id)).all()


def cases_of(session: Session, call_id: str) -> Sequence[str]:
    """The numbers of the cases that a call belongs to, the first one first."""
    return session.scalars(select(CaseCall.case_no).where(CaseCall.call_id == call_id).order_by(CaseCall.at, CaseCall.case_no)).all()


def first_cases(session: Session, call_ids: Collection[str]) -> dict[str, str]:
    """The case that each of some calls was linked with first; nothing for a call without one."""
    rows = session.execute(select(CaseCall.call_id, CaseCall.case_no).where(CaseCall.call_id.in_(call_ids)).order_by(CaseCall.at.desc()))
    return {row.call_id: row.case_no for row in rows}


def code_to_tell(session: Session, call_id: str) -> str | None:
    """The query code of the case opened in a call, until it was told."""
    code: str | None = _TO_TELL.scalar(session.connection(), {"call_id": call_id})
    return code


def told(session: Session, call_id: str) -> None:
    """The code was told, or it is too late for that: forget it."""
    _TOLD.run(session.connection(), {"b_call": call_id})


def start_once(command: Command, process_key: str, payload: Mapping[str, Any], /) -> None:
    """Start a call's process under the call's id; an exchange that says the same again, after a crash, starts nothing."""
    call_id = str(payload["call_id"])
    if _STARTED.scalar(command.session.connection(), {"call_id": call_id, "process_key": process_key}) is None:
        command.start(process_key, call_id, payload)
