"""Lock-out of a name after five failed log-ins in fifteen minutes (X04); real time throughout."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from engine import clock, crypto
from engine.inserts import insert_once
from processes.registry.accounts.models import LoginFailure

MOST_FAILURES: Final = 5
WINDOW: Final = timedelta(minutes=15)


def locked_until(session: Session, username: str) -> datetime | None:
    """Until when nobody can log in under a name; None if it is not locked."""
    until = session.scalar(select(LoginFailure.locked_until).where(LoginFailure.name_index == _index(username)))
    return until if until is not None and until > clock.real_now() else None


def has_failures(session: Session, username: str) -> bool:
    """Whether there is anything for `clear` to forget."""
    return session.get(LoginFailure, _index(username)) is not None


def fail(session: Session, username: str) -> None:
    """Count a failed log-in, and lock the name at the fifth. Failures older than the window are forgotten, everybody's."""
    now, index = clock.real_now(), _index(username)
    session.execute(delete(LoginFailure).where(LoginFailure.last_at <= now - WINDOW))
    insert_once(session, LoginFailure, {"name_index": index, "failures": 0, "last_at": now})
    row = session.scalars(select(LoginFailure).where(LoginFailure.name_index == index).with_for_update()).one()
    row.failures += 1
    row.last_at = now
    if row.failures >= MOST_FAILURES:
        row.locked_until = now + WINDOW
    session.flush()


def clear(session: Session, username: str) -> None:
    """Forget the failures of a name after a good log-in."""
    session.execute(delete(LoginFailure).where(LoginFailure.name_index == _index(username)))


def _index(username: str) -> str:
    return crypto.current().index(f"login {username.casefold()}")
