"""Signing in and out, ready and busy: what an agent does with a seat, and what calls do with it."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.actor import Actor
from engine.db import tables
from engine.prepared import Prepared, together
from telephony.seats.errors import BadSeat, NoSeat, OnACall, SeatLocked, SeatTaken
from telephony.seats.models import BUSY, NOT_READY, OFFLINE, READY, RESERVED, WRAP_UP, Seat, Stint

ENDPOINT = re.compile(r"PJSIP/[A-Za-z0-9_.-]{1,56}")
REASONS = ("break", "meal", "training", "paperwork", "no-answer", "refused", "unreachable", "forced", "other")
"""Why somebody is busy: 小休, 就餐, 培训, 案头工作; then what the exchange or a supervisor sets; other."""
ASKABLE = ("break", "meal", "training", "paperwork", "other")
SEAT, STINT = tables(Seat, Stint)
_OF: Final = Prepared(select(SEAT).where(SEAT.c.agent == bindparam("agent")).with_for_update())
_MOVE: Final = Prepared(
    update(SEAT)
    .where(SEAT.c.agent == bindparam("who"))
    .values({name: bindparam(name) for name in ("state", "reason", "since", "until", "call_id", "last_call_at")})
)
_PAST: Final = Prepared(insert(STINT).values({name: bindparam(name) for name in ("agent", "state", "reason", "since", "until", "call_id")}))
_BEFORE: Final = Prepared(
    select(STINT.c.state, STINT.c.reason)
    .where(STINT.c.agent == bindparam("agent"), or_(STINT.c.state == READY, STINT.c.state == NOT_READY))
    .order_by(STINT.c.since.desc(), STINT.c.id.desc())
    .limit(1)
)


def of(session: Session, agent: str, *, hold: bool = False) -> Seat:
    """An agent's seat; with `hold` nobody else moves it until the commit. Raises `NoSeat`."""
    found = session.get(Seat, agent, with_for_update=hold)
    if found is None or found.state == OFFLINE:
        raise NoSeat
    return found


def at(session: Session, endpoint: str) -> Seat:
    """The seat at a telephone. Raises `NoSeat`."""
    found = session.scalar(select(Seat).where(Seat.endpoint == endpoint, Seat.state != OFFLINE).with_for_update())
    if found is None:
        raise NoSeat
    return found


def signed_in(session: Session) -> list[Seat]:
    """Every seat at which somebody is, by agent."""
    return list(session.scalars(select(Seat).where(Seat.state != OFFLINE).order_by(Seat.agent)))


def shown(session: Session) -> list[Seat]:
    """Those, and every locked one that nobody sits at: its agent cannot sign in until somebody who sees it unlocks it."""
    return list(session.scalars(select(Seat).where(or_(Seat.state != OFFLINE, Seat.locked)).order_by(Seat.agent)))


def sign_in(
    session: Session, actor: Actor, endpoint: str, queues: Iterable[str], now: datetime, *, place: str = "", area: str = ""
) -> Seat:
    """Sign in (签入) at a telephone, not ready yet. Raises `SeatTaken`, `SeatLocked`, `BadSeat`, `OnACall`."""
    if not ENDPOINT.fullmatch(endpoint):
        raise BadSeat(errors={"endpoint": "请填写话机，例如 PJSIP/1001。 Name the telephone, as in PJSIP/1001."})
    other = session.scalar(select(Seat).where(Seat.endpoint == endpoint, Seat.agent != actor.id, Seat.state != OFFLINE))
    if other is not None:
        raise SeatTaken(claimed_by=other.agent)
    seat = session.get(Seat, actor.id)
    if seat is None:
        seat = Seat(
            agent=actor.id,
            state=OFFLINE,
            reason="",
            node="",
            since=now,
            until=None,
            call_id="",
            last_call_at=now,
            last_missed_at=now,
            locked=False,
        )
        session.add(seat)
    elif seat.locked:
        raise SeatLocked
    elif seat.state in (RESERVED, BUSY):
        raise OnACall
    if seat.endpoint != endpoint:
        seat.node = ""
    seat.endpoint, seat.place, seat.area = endpoint, place, area
    seat.queues = f",{','.join(sorted(set(queues)))},"
    try:
        session.flush()
        move(session, actor.id, NOT_READY, now, reason="other")
    except IntegrityError as taken:  # two people at the same moment
        raise SeatTaken from taken
    session.refresh(seat)
    return seat


def sign_out(session: Session, actor: Actor, now: datetime) -> None:
    """Sign out (签出). Raises `NoSeat`, `OnACall`."""
    seat = of(session, actor.id, hold=True)
    if seat.state in (RESERVED, BUSY):
        raise OnACall
    move(session, actor.id, OFFLINE, now)


def ready(session: Session, actor: Actor, now: datetime) -> None:
    """Take calls from now on (置闲); ends wrap-up too. Raises `NoSeat`, `SeatLocked`, `OnACall`."""
    seat = of(session, actor.id, hold=True)
    if seat.locked:
        raise SeatLocked
    if seat.state in (RESERVED, BUSY):
        raise OnACall
    if seat.state != READY:
        move(session, actor.id, READY, now)


def not_ready(session: Session, actor: Actor, reason: str, now: datetime) -> None:
    """Take no calls for a while (置忙). Raises `NoSeat`, `BadSeat`, `OnACall`."""
    seat = of(session, actor.id, hold=True)
    if reason not in ASKABLE:
        words = ", ".join(ASKABLE)
        raise BadSeat(errors={"reason": f"请选择置忙原因：{words}。 Choose a reason: {words}."})
    if seat.state in (RESERVED, BUSY):
        raise OnACall
    move(session, actor.id, NOT_READY, now, reason=reason)


def lock(session: Session, agent: str, now: datetime, *, on: bool) -> None:
    """Lock a seat (强制闭锁), or unlock it, whether its agent is signed in or not; one with a call is locked once that is over. Raises
    `NoSeat` for somebody who never sat anywhere."""
    seat = session.get(Seat, agent, with_for_update=True)
    if seat is None:
        raise NoSeat
    session.execute(update(Seat).where(Seat.agent == agent).values(locked=on))
    if on and seat.state not in (OFFLINE, RESERVED, BUSY):
        move(session, agent, NOT_READY, now, reason="forced")
    session.expire(seat)


def engage(session: Session, agent: str, state: str, call_id: str, now: datetime) -> None:
    """A call is on its way to a seat, or there."""
    move(session, agent, state, now, call_id=call_id)


def free(session: Session, agent: str, call_id: str, now: datetime, *, talked: bool, reason: str, wrap_seconds: int) -> None:
    """A call is over for a seat, unless it has another one by now. Who was not ready before it, but dialled or was rung all the
    same, is not ready after it."""
    row = _OF.first(session.connection(), {"agent": agent})
    if row is None or row.call_id != call_id:
        return
    if row.locked:
        move(session, agent, NOT_READY, now, reason="forced")
    elif reason:
        move(session, agent, NOT_READY, now, reason=reason)
    elif talked and wrap_seconds:
        move(session, agent, WRAP_UP, now, until=now + timedelta(seconds=wrap_seconds), call_id=call_id)
    else:
        _as_before(session, agent, now)


def remind(session: Session, agent: str, call_id: str, now: datetime) -> bool:
    """Remind an agent of a call's form (提醒补登); False for one who is not signed in, or talks."""
    seat = session.get(Seat, agent, with_for_update=True)
    if seat is None or seat.state in (OFFLINE, RESERVED, BUSY):
        return False
    seat.reminded_call, seat.reminded_at = call_id, now
    return True


def end_wrap_ups(session: Session, now: datetime) -> None:
    """Whose wrap-up is over is ready again; who rested before the call, but was consulted or took it over, rests on."""
    over = session.scalars(select(Seat.agent).where(Seat.state == WRAP_UP, or_(Seat.until.is_(None), Seat.until <= now))).all()
    for agent in over:
        row = _OF.first(session.connection(), {"agent": agent})
        # who has gone to lunch, or has a call, since we looked is left there
        if row is not None and row.state == WRAP_UP and (row.until is None or row.until <= now):
            _as_before(session, agent, now)


def seen(session: Session, node: str, there: Collection[str], lost: Collection[str], now: datetime) -> None:
    """An exchange has these telephones now, and has lost those: who sits at one of them gets no calls until they say that they are back."""
    for seat in session.execute(select(Seat.agent, Seat.endpoint, Seat.node, Seat.state).where(Seat.state != OFFLINE)).all():
        if seat.endpoint in there and seat.node != node:
            session.execute(update(Seat).where(Seat.agent == seat.agent).values(node=node))
        elif seat.endpoint in lost and seat.node == node and seat.state in (READY, WRAP_UP):
            move(session, seat.agent, NOT_READY, now, reason="unreachable")


def move(
    session: Session, agent: str, state: str, now: datetime, *, reason: str = "", until: datetime | None = None, call_id: str = ""
) -> None:
    """Put a seat into a state, and the stint that ends into the record. Nothing for somebody who has no seat."""
    connection = session.connection()
    row = _OF.first(connection, {"agent": agent})
    if row is None:
        return
    now = max(now, row.since)  # whoever had the row before us may have looked at the clock after us
    free = row.state == BUSY or (row.state in (OFFLINE, NOT_READY) and state == READY)
    last = now if free else row.last_call_at  # idle since then, however long the call was
    past = {"agent": agent, "state": row.state, "reason": row.reason, "since": row.since, "until": now, "call_id": row.call_id}
    values = {"state": state, "reason": reason, "since": now, "until": until, "call_id": call_id, "last_call_at": last}
    together(connection, [*([] if row.state == OFFLINE else [(_PAST, past)]), (_MOVE, {"who": agent, **values})])


def _as_before(session: Session, agent: str, now: datetime) -> None:
    """Ready, or not ready for the same reason as before the call."""
    before = _BEFORE.first(session.connection(), {"agent": agent})
    rests = before is not None and before.state == NOT_READY
    move(session, agent, NOT_READY if rests else READY, now, reason=before.reason if rests else "")
