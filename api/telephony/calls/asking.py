"""Asking something of a call: what is impossible is refused here, early and in words; the rest is a row for the worker."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from api.auth.rights import SUPERVISE_CALLS
from api.telephony.errors import NeedsSeat, NoCall, NotNow, NotYourCall
from engine import crypto
from engine.actor import Actor
from engine.errors import Forbidden, Invalid
from forms.phones import as_dialled, tidy
from telephony.calls.machine import ASKS
from telephony.calls.models import PhoneCall
from telephony.calls.values import DIALLING, LISTENER, OFFERING, QUEUED, TALKING, THIRD, Call
from telephony.commands import services as commands
from telephony.commands.models import PhoneCommand
from telephony.seats.models import BUSY, OFFLINE, RESERVED, Seat

SUPERVISION: Final = ("supervise", "take-over", "force-out", "pager-start", "pager-stop")
"""What supervisors do with others' calls."""
TO_SOMEBODY: Final = ("consult", "conference", "transfer")
MODES: Final = ("listen", "whisper", "barge")
AGENT = "agent:"
_KEYS = re.compile(r"[0-9*#A-D]{1,32}")
_WRITTEN, _NUMBER = re.compile(r"[+0-9\s().-]+"), re.compile(r"[0-9]{2,18}")
_OWN_ENDING = (TALKING, DIALLING)
"""In which states an agent may end the call; a caller who still waits is nobody's to hang up on."""


def value_of(row: PhoneCall) -> Call | None:
    """A live call with its legs; None once it is over."""
    return Call.read(crypto.current().open(bytes(row.body))) if row.ended_at is None and row.body else None


def live(session: Session, call_id: str) -> tuple[PhoneCall, Call]:
    """A call that is not over. Raises `NoCall`, `NotNow`."""
    row = session.get(PhoneCall, call_id)
    if row is None:
        raise NoCall
    value = value_of(row)
    if value is None:
        raise NotNow("通话已经结束。 The call is over.")
    return row, value


def possible(call: Call, actor: Actor) -> list[str]:
    """What the call's own agent may ask of it now, in the machine's order."""
    third = next(iter(call.live(THIRD)), None)
    missing = {
        "hold": call.held,
        "unhold": not call.held or third is not None,
        "consult": third is not None,
        "conference": third is not None,
        "take-back": third is None,
        "join": third is None or third.up is None or not call.held,
        "leave": third is None or third.up is None,
        "pause": not call.recording or call.paused,
        "resume": not call.recording or not call.paused,
        "hang-up": call.state not in _OWN_ENDING,
    }
    mine = call.agent == actor.id
    return [
        kind
        for kind, (_step, states) in ASKS.items()
        if mine and kind not in SUPERVISION and kind != "pick-up" and call.state in states and not missing.get(kind, False)
    ]


def ask(session: Session, actor: Actor, call_id: str, kind: str, given: Mapping[str, Any], now: datetime) -> PhoneCommand:
    """Have something done with a call. Raises `NoCall`, `NotNow`, `NotYourCall`, `Forbidden`, `NeedsSeat`, `Invalid`."""
    row, call = live(session, call_id)
    _allow(session, actor, row, call, kind)
    if call.state not in ASKS[kind][1]:
        raise NotNow
    return commands.ask(session, actor, kind, _checked(session, actor, call, kind, given), now, call_id=call_id)


def begin(session: Session, actor: Actor, number: str, case_no: str, now: datetime) -> PhoneCommand:
    """Call somebody from one's seat (点击外呼). Raises `Invalid`, `NeedsSeat`, `NotNow`."""
    seat = seat_of(session, actor.id)
    if seat.state in (RESERVED, BUSY):
        raise NotNow("您正在通话中。 You are on a call.")
    return commands.ask(session, actor, commands.CLICK, {"number": digits_of(number, "number"), "case_no": case_no}, now)


def seat_of(session: Session, agent: str) -> Seat:
    """Where somebody sits. Raises `NeedsSeat`."""
    seat = session.get(Seat, agent)
    if seat is None or seat.state == OFFLINE:
        raise NeedsSeat
    return seat


def digits_of(number: str, field: str) -> str:
    """A number as the exchange dials it. Raises `Invalid` at the field."""
    written = tidy(number)
    digits = as_dialled(written)
    if not (_WRITTEN.fullmatch(written) and _NUMBER.fullmatch(digits)):
        raise Invalid(errors={field: "号码只能是 2 到 18 位数字。 A number has 2 to 18 digits."})
    return digits


def _allow(session: Session, actor: Actor, row: PhoneCall, call: Call, kind: str) -> None:
    leads = bool(actor.groups & frozenset(SUPERVISE_CALLS))
    if kind in SUPERVISION:
        if not leads and not (kind.startswith("pager") and row.agent == actor.id):
            raise Forbidden(roles=sorted(SUPERVISE_CALLS))
        if kind in ("supervise", "take-over"):
            seat_of(session, actor.id)
        if kind == "take-over" and not any(leg.who == actor.id and leg.up is not None for leg in call.live(LISTENER)):
            raise NotNow("请先进入通话（监听、密语或强插），再接管。 Join the call first (listen, whisper or barge), then take over.")
    elif kind == "pick-up":
        _pick_up(seat_of(session, actor.id), row, leads=leads)
    elif kind == "hang-up" and leads:
        return
    elif row.agent != actor.id:
        raise NotYourCall
    elif kind == "hang-up" and call.state not in _OWN_ENDING:
        raise NotNow


def _pick_up(seat: Seat, row: PhoneCall, *, leads: bool) -> None:
    if seat.locked:
        raise NotNow("座席已被班长闭锁。 A supervisor has locked your seat.")
    if seat.state in (RESERVED, BUSY):
        raise NotNow("您正在通话中。 You are on a call.")
    if row.state not in (QUEUED, OFFERING):
        raise NotNow("该来电已有人接听。 Somebody has answered this call.")
    if not leads and f",{row.queue}," not in seat.queues:
        raise NotYourCall("这个来电不在您的队列里。 This call waits in a queue that is not yours.")


def _checked(session: Session, actor: Actor, call: Call, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    third = next(iter(call.live(THIRD)), None)
    if kind in TO_SOMEBODY and third is not None:
        if kind != "transfer":
            raise NotNow("已经请了一位第三方。 There is a third party already.")
        return {}
    if kind in TO_SOMEBODY:
        return {"to": _target(session, actor, str(given.get("to") or "").strip())}
    if kind == "press":
        keys = str(given.get("keys") or "")
        if not _KEYS.fullmatch(keys):
            raise Invalid(errors={"keys": "按键只能是 0-9、*、#。 Keys are 0-9, * and #."})
        return {"keys": keys}
    if kind == "supervise":
        if given.get("mode") not in MODES:
            raise Invalid(errors={"mode": "请选择监听、密语或强插：listen、whisper、barge。 Choose listen, whisper or barge."})
        return {"mode": given["mode"]}
    return {"again": True} if kind == "pager-start" else {}


def _target(session: Session, actor: Actor, to: str) -> str:
    if not to.startswith(AGENT):
        return digits_of(to, "to")
    seat = session.get(Seat, to.removeprefix(AGENT))
    if seat is None or seat.state == OFFLINE or seat.agent == actor.id:
        raise Invalid(errors={"to": "该座席没有签入。 Nobody is signed in at this seat."})
    if seat.state in (RESERVED, BUSY):
        raise Invalid(errors={"to": f"{seat.agent} 正在通话中。 {seat.agent} is on a call."})
    return to
