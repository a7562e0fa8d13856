"""Calls in their rows: begun, moved on with the version checked, ended with their legs."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from engine import crypto
from engine.db import from_micros, tables
from engine.errors import VersionConflict
from engine.prepared import Batch, Prepared
from processes.registry.citizens.services import phone_index
from telephony.calls.models import PhoneCall, PhoneLeg, PhoneNotice
from telephony.calls.values import CITIZEN, CONTACT, DEVICE, ENDED, Call
from telephony.recordings.models import Recording

log = structlog.get_logger("telephony.store")
AWAY: Final = (OperationalError, InterfaceError)
"""What is raised while the database is away: no call's and no command's fault, and tried again."""
CALL, LEG, NOTICE, RECORDING = tables(PhoneCall, PhoneLeg, PhoneNotice, Recording)
_MOVING = (
    *("kind", "state", "service", "queue", "agent", "case_no", "outcome", "talked_ms", "version", "body"),
    *("queued_at", "answered_at", "talking_at", "ended_at"),
)
_ADD: Final = Prepared(insert(CALL).values({column.name: bindparam(column.name, type_=column.type) for column in CALL.c}))
_MOVE: Final = Prepared(
    update(CALL)
    .where(CALL.c.id == bindparam("call"), CALL.c.version == bindparam("before"), CALL.c.app == bindparam("owner"))
    .values({name: bindparam(name, type_=CALL.c[name].type) for name in _MOVING})
)
_LEG: Final = Prepared(insert(LEG).values({column.name: bindparam(column.name, type_=column.type) for column in LEG.c}))
_NOTICE: Final = Prepared(
    insert(NOTICE).values({name: bindparam(name, type_=NOTICE.c[name].type) for name in ("node", "call_id", "message", "payload")})
)
_RECORDING: Final = Prepared(insert(RECORDING).values({column.name: bindparam(column.name, type_=column.type) for column in RECORDING.c}))
_LIVE: Final = Prepared(
    select(CALL.c.id, CALL.c.version, CALL.c.body).where(
        CALL.c.node == bindparam("node"), CALL.c.app == bindparam("app"), CALL.c.ended_at.is_(None)
    )
)
_NOTICES: Final = Prepared(
    select(NOTICE).where(NOTICE.c.node == bindparam("node"), NOTICE.c.id > bindparam("last")).order_by(NOTICE.c.id).limit(50)
)
_FORGET: Final = Prepared(delete(NOTICE).where(NOTICE.c.id == bindparam("row")))


class Taken(VersionConflict):
    """该通话已由另一个电话进程接管。 Another worker has taken this call over."""

    code = "call-taken-over"


class Saving:
    """The rows of one step, sent together at its end."""

    def __init__(self, session: Session, node: str, app: str) -> None:
        self.session = session
        self._node, self._app = node, app
        self._batch = Batch()

    def add(self, call: Call) -> None:
        """A call that begins; its version is 1."""
        row = self._row(call, 1)
        row |= {"id": call.id, "node": self._node, "app": self._app, "began_at": from_micros(call.began)}
        row |= {"number": call.number, "number_index": phone_index(call.number)}
        self._batch.add(_ADD, row)

    def move(self, call: Call, before: int) -> None:
        """A call that goes on; raises `Taken` at the end if it is not ours any more."""
        values = self._row(call, before + 1) | {"call": call.id, "before": before, "owner": self._app}
        self._batch.guard(_MOVE, values, Taken())

    def legs(self, call: Call) -> None:
        """The legs of a call that is over."""
        for leg in call.legs.values():
            row: dict[str, Any] = {
                "id": leg.id,
                "call_id": call.id,
                "role": leg.role,
                "agent": leg.who,
                "number": leg.number,
                "cause": leg.cause,
            }
            row |= {"created_at": from_micros(leg.created), "up_at": _moment(leg.up), "ended_at": _moment(leg.ended or call.ended)}
            self._batch.add(_LEG, row | {"talked_ms": leg.talked // 1000})

    def notice(self, call_id: str, message: str, payload: bytes) -> None:
        """Something for the processes."""
        self._batch.add(_NOTICE, {"node": self._node, "call_id": call_id, "message": message, "payload": payload})

    def recording(self, row: Mapping[str, Any]) -> None:
        """A recording that there is now."""
        self._batch.add(_RECORDING, row)

    def send(self) -> None:
        """Send everything. Raises `Taken`."""
        self._batch.send(self.session.connection())

    def _row(self, call: Call, version: int) -> dict[str, Any]:
        over = call.state == ENDED
        talked = sum(leg.talked for leg in call.legs.values() if leg.role in (CITIZEN, CONTACT, DEVICE)) if over else 0
        return {
            "kind": call.kind,
            "state": call.state,
            "service": call.service,
            "queue": call.queue,
            "agent": call.agent,
            "case_no": call.case_no,
            "queued_at": _moment(call.queued),
            "answered_at": _moment(call.answered),
            "talking_at": _moment(call.talking),
            "ended_at": _moment(call.ended),
            "outcome": call.outcome,
            "talked_ms": talked // 1000,
            "version": version,
            # who called stands in the row's own encrypted column; the rest is of no use to a call that is over
            "body": b"" if over else crypto.current().seal(call.text()),
        }


def live(session: Session, node: str, app: str, known: Callable[[str, int], bool]) -> list[tuple[Call, int]]:
    """The calls of an application that are not over, with their versions, but for those that are `known`, and those that nobody can
    read here: another version's, or under another key."""
    found: list[tuple[Call, int]] = []
    for row in _LIVE.all(session.connection(), {"node": node, "app": app}):
        if known(row.id, row.version):
            continue
        try:
            found.append((Call.read(crypto.current().open(bytes(row.body))), row.version))
        except Exception:
            log.exception("a call cannot be read and is left alone", call=row.id)
    return found


def nodes(session: Session) -> set[str]:
    """The exchanges of all calls that live, and of all that the processes do not know yet."""
    living = select(PhoneCall.node).where(PhoneCall.ended_at.is_(None))
    return set(session.scalars(living.union(select(PhoneNotice.node))))


def apps(session: Session, node: str) -> list[str]:
    """The applications that have live calls at an exchange."""
    return list(session.scalars(select(PhoneCall.app).where(PhoneCall.node == node, PhoneCall.ended_at.is_(None)).distinct()))


def hand_over(session: Session, node: str, app: str, to: str) -> frozenset[str]:
    """Let another application answer for all that one had; which calls these are."""
    mine = PhoneCall.node == node, PhoneCall.app == app, PhoneCall.ended_at.is_(None)
    moved = update(PhoneCall).where(*mine).values(app=to, version=PhoneCall.version + 1)
    return frozenset(session.scalars(moved.returning(PhoneCall.id)))


def notices(session: Session, node: str, last: int) -> list[Any]:
    """What the processes do not know yet, oldest first, after the last one seen."""
    return _NOTICES.all(session.connection(), {"node": node, "last": last})


def forget_notice(session: Session, row: int) -> bool:
    """It is told; False when another worker told it."""
    return _FORGET.run(session.connection(), {"row": row}) == 1


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def before(session: Session, queue: str, queued_at: datetime, states: Iterable[str]) -> int:
    """How many callers of a queue have waited longer."""
    waiting = select(PhoneCall.id).where(
        PhoneCall.queue == queue, PhoneCall.queued_at < queued_at, PhoneCall.ended_at.is_(None), PhoneCall.state.in_(list(states))
    )
    return len(session.execute(waiting).all())
