"""Issuing, finding, prolonging and revoking tokens; real time throughout."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from api.auth.models import AccessToken
from engine import clock


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token in the clear, which nobody can read again."""

    token: str
    expires_at: datetime


def digest(token: str) -> bytes:
    """What is stored of a token: it has 256 random bits, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()


def issue(session: Session, username: str, kind: str, lifetime: timedelta) -> Issued:
    """Make a token for an account that has just proved who it is; sweeps out what has expired."""
    now = clock.real_now()
    session.execute(delete(AccessToken).where(AccessToken.expires_at < now))
    token = secrets.token_urlsafe(32)
    expires_at = now + lifetime
    session.add(AccessToken(digest=digest(token), username=username, kind=kind, created_at=now, seen_at=now, expires_at=expires_at))
    return Issued(token, expires_at)


def find(session: Session, token_digest: bytes) -> AccessToken | None:
    """The unexpired token with this digest."""
    found = session.get(AccessToken, token_digest)
    return found if found is not None and found.expires_at > clock.real_now() else None


def prolong(session: Session, token_digest: bytes, idle: timedelta, longest: timedelta) -> None:
    """Note that a browser session is in use: it ends `idle` from now, and `longest` after log-in at the latest."""
    found = find(session, token_digest)
    if found is not None:
        now = clock.real_now()
        found.seen_at = now
        found.expires_at = min(now + idle, found.created_at + longest)


def revoke(session: Session, token_digest: bytes) -> None:
    """End one log-in."""
    session.execute(delete(AccessToken).where(AccessToken.digest == token_digest))


def revoke_all(session: Session, username: str) -> None:
    """End every log-in of an account, for a changed password or a lost right."""
    session.execute(update(AccessToken).where(AccessToken.username == username).values(expires_at=clock.real_now()))
