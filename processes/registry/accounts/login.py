"""Logging in: the password is checked with no transaction open, so that guessing never holds up those who work."""

from engine.actor import SYSTEM, Actor
from engine.errors import Unauthenticated
from engine.runtime.engine import Engine
from engine.runtime.work import Work
from processes.registry.accounts import lockout, passwords, services
from processes.registry.accounts.errors import LockedOut, WrongPassword
from processes.registry.accounts.models import Account
from processes.registry.audit import services as audit


def authenticate(engine: Engine, username: str, password: str) -> Account:
    """Who a name and a password belong to; the account is detached, its memberships are loaded.

    Raises `WrongPassword`, and `LockedOut` for 15 minutes after five failures under that name, known or not.
    """
    name = username.strip().lower()
    with engine.read() as session:
        _refuse_locked(lockout.locked_until(session, name) is not None)
        account = services.active(session, name)
    if not passwords.matches(account.password_hash if account else None, password) or account is None:
        engine.transact(SYSTEM, lambda work: _failed(work, name))
        raise WrongPassword
    # Guesses made at the same time may have locked the name while this one was being checked.
    with engine.read() as session:
        _refuse_locked(lockout.locked_until(session, name) is not None)
        tidy = not lockout.has_failures(session, name) and not passwords.is_outdated(account.password_hash)
    if not tidy:
        engine.transact(services.actor_of(account), lambda work: _succeeded(work, name, password))
    return account


def _failed(work: Work, name: str) -> None:
    lockout.fail(work.session, name)
    if lockout.locked_until(work.session, name) is not None:
        account = services.active(work.session, name)
        audit.record(
            work.session, Actor(account.username if account else "stranger"), "login.locked", account.username if account else "", {}
        )


def _succeeded(work: Work, name: str, password: str) -> None:
    lockout.clear(work.session, name)
    account = services.active(work.session, name)
    if account is None:
        raise Unauthenticated
    if passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.hashed(password)


def _refuse_locked(locked: bool) -> None:
    if locked:
        raise LockedOut
