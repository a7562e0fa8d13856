"""Who answers for which application: one process each, and another one takes over when it has died."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from engine.db import Instant, tables
from engine.errors import Conflict
from engine.inserts import insert_once
from engine.prepared import Prepared
from telephony.worker.models import PhoneWorker

EVERY: Final = timedelta(seconds=2)
"""Between two beats."""
LAPSE: Final = timedelta(seconds=8)
"""After so long without a beat a worker is taken for dead."""
LOST: Final = timedelta(minutes=5)
"""After so long without any worker an exchange is taken for lost, with its calls: longer than it takes to start one again."""

(WORKER,) = tables(PhoneWorker)
_LAPSED = WORKER.c.app == bindparam("dead"), WORKER.c.beat_at < bindparam("lapsed", type_=Instant())
_TAKE_OVER: Final = Prepared(
    update(WORKER).where(*_LAPSED).values({column.name: bindparam(column.name, type_=column.type) for column in WORKER.c})
)
_BEAT: Final = Prepared(
    update(WORKER)
    .where(WORKER.c.app == bindparam("mine"), WORKER.c.holder == bindparam("me"))
    .values(beat_at=bindparam("beat_at", type_=Instant()))
)
_BURY: Final = Prepared(delete(WORKER).where(*_LAPSED))


class NameTaken(Conflict):
    """同名的电话进程已在运行，请改 BIHUAN_ARI_APP 或先停掉它。 A worker of this name is running: change BIHUAN_ARI_APP or stop that one."""

    code = "telephony-name-taken"


class LeaseLost(Conflict):
    """另一个同名的电话进程已接管，本进程退出。 Another telephony worker has taken over under this name; this one ends."""

    code = "telephony-lease-lost"


class Presence:
    """How well one who judges others by their beats has kept its own: who was away, with the database perhaps, knows nothing of them."""

    def __init__(self, now: datetime) -> None:
        self._said, self._judges_from = now, now

    def said(self, now: datetime) -> None:
        """We have said that we live."""
        if now - self._said > 2 * EVERY:
            self._judges_from = now + LAPSE  # so long the others, too, have to come back
        self._said = now

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be said again."""
        return now - self._said >= EVERY

    def may_judge(self, now: datetime) -> bool:
        """Whether who has said nothing for so long is dead."""
        return now >= self._judges_from


def take(session: Session, app: str, node: str, holder: str, now: datetime) -> None:
    """Answer for an application from now on. Raises `NameTaken` while another process does."""
    fresh = {"app": app, "node": node, "holder": holder, "started_at": now, "beat_at": now}
    if insert_once(session, PhoneWorker, fresh):
        return
    if _TAKE_OVER.run(session.connection(), {**fresh, "dead": app, "lapsed": now - LAPSE}) == 0:
        raise NameTaken


def beat(session: Session, app: str, holder: str, now: datetime) -> None:
    """Say that we live. Raises `LeaseLost`."""
    if _BEAT.run(session.connection(), {"mine": app, "me": holder, "beat_at": now}) == 0:
        raise LeaseLost


def give_up(session: Session, app: str, holder: str, now: datetime) -> None:
    """Answer for it no longer: what it has left is the others' from now on, or whoever's takes the name next."""
    _BEAT.run(session.connection(), {"mine": app, "me": holder, "beat_at": now - LAPSE - timedelta(microseconds=1)})


def dead(session: Session, node: str, app: str, now: datetime) -> list[str]:
    """The other applications of a node that nobody answers for."""
    lapsed = select(PhoneWorker.app).where(PhoneWorker.node == node, PhoneWorker.app != app, PhoneWorker.beat_at < now - LAPSE)
    return list(session.scalars(lapsed))


def others(session: Session, node: str, app: str, now: datetime) -> tuple[str, ...]:
    """The applications of a node that somebody else answers for."""
    alive = select(PhoneWorker.app).where(PhoneWorker.node == node, PhoneWorker.app != app, PhoneWorker.beat_at >= now - LAPSE)
    return tuple(session.scalars(alive))


def beats(session: Session) -> dict[str, datetime]:
    """When a worker of each node was last heard of."""
    newest = select(PhoneWorker.node, func.max(PhoneWorker.beat_at).label("heard_at")).group_by(PhoneWorker.node)
    return {row.node: row.heard_at for row in session.execute(newest)}


def bury(session: Session, app: str, now: datetime) -> bool:
    """Forget a dead worker; False when another was first, or it lives after all."""
    return _BURY.run(session.connection(), {"dead": app, "lapsed": now - LAPSE}) == 1
