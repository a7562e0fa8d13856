"""Passwords by Argon2id, a few at a time: each check takes 19 MiB and some 20 ms, and must not be a way to exhaust the machine."""

from functools import cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST: Final = 200
LEAST: Final = 10
LEAST_VARIETY: Final = 4
AT_ONCE: Final = 4

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""The parameters that OWASP's Password Storage Cheat Sheet recommends first."""
_slots = BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    """The hash to keep."""
    with _slots:
        return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether a password belongs to a kept hash; takes as long for an account that does not exist (None)."""
    if len(password) > LONGEST:
        return False
    with _slots:
        try:
            _hasher.verify(kept if kept is not None else _nobody(), password)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody's password")
