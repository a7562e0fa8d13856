"""Supervising (督办): after the due time, with an opinion, a date for the answer and a level that rises (C16)."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.context import Context
from engine.errors import Invalid
from processes.casefile.guards import order_of
from processes.casefile.models import Supervise
from processes.casefile.moments import parse
from processes.casefile.requests import request_text
from processes.casefile.submitted import submitted, words
from processes.deadlines.zone import LOCAL

STARTED = "started"
UNSETTLED = (STARTED, "open", "replied")


def start(context: Context, *, work_order: str) -> None:
    """启动督办 Have an order supervised from now on (SupervisionNeeded), unless it is being supervised already."""
    if _current(context.session, work_order) is None:
        context.session.add(_begun(context, work_order, context.business_key))
        context.agenda.throw("SupervisionNeeded", {"case_no": context.business_key, "work_order": work_order})


def open_(context: Context, *, work_order: str) -> dict[str, int]:
    """督办登记 Keep the supervisor's opinion and the date for the answer; answers the level, 1 at first."""
    opinion = words(submitted(context, "opinion"))
    due = submitted(context, "reply_due")
    reply_by = None if due is None else parse(due, "reply_due")
    row = _current(context.session, work_order)
    if row is None:
        row = _begun(context, work_order, order_of(context.session, work_order).case_no)
        context.session.add(row)
    row.state, row.instance_id = "open", context.instance_id
    if opinion is not None:
        row.opinion, row.opinion_at, row.opinion_by = opinion, context.now, context.actor.id
    row.reply_by = reply_by or row.reply_by
    context.session.flush()
    return {"level": row.level}


def reply(context: Context, *, work_order: str) -> None:
    """督办回复 Keep the unit's answer to the supervisor."""
    said = request_text(context) or words(submitted(context, "text", "reply"))
    _change(context.session, work_order, state="replied", reply=said, replied_at=context.now, replied_by=context.actor.id)


def escalate(context: Context, *, work_order: str) -> dict[str, int]:
    """督办升级 Raise the level because the date passed without a good answer; answers the new level."""
    level = _change(context.session, work_order, state="open", level=Supervise.level + 1)
    return {"level": level or 1}


def close(context: Context, *, work_order: str) -> None:
    """督办办结 End the supervising of an order."""
    _change(context.session, work_order, state="closed", closed_at=context.now)


def reply_by(context: Context) -> str:
    """督办答复期限 When the answer to the supervising of the order in `work_order` is due (ISO 8601)."""
    row = _current(context.session, str(context.variables.get("work_order")))
    if row is None or row.reply_by is None:
        raise Invalid("督办没有答复期限。 The supervising has no date for its answer.", errors={"reply_due": "必填。 Required."})
    return row.reply_by.astimezone(LOCAL).isoformat()


def _begun(context: Context, work_order: str, case_no: str) -> Supervise:
    """The row of a supervising that begins now."""
    who = {"opened_at": context.now, "opened_by": context.actor.id}
    return Supervise(work_order=work_order, case_no=case_no, level=1, state=STARTED, **who)


def _current(session: Session, work_order: str) -> Supervise | None:
    return session.scalar(select(Supervise).where(Supervise.work_order == work_order, Supervise.state.in_(UNSETTLED)).limit(1))


def _change(session: Session, work_order: str, **values: Any) -> int | None:
    """Change the order's unsettled row in one statement; answers its level, None when there is none (a late answer hurts nobody)."""
    return session.scalar(
        update(Supervise)
        .where(Supervise.work_order == work_order, Supervise.state.in_(UNSETTLED))
        .values(**values)
        .returning(Supervise.level)
    )
