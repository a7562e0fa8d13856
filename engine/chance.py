"""The dice of everything that a run may depend on: ids, case numbers, query codes, salts, the pause before another attempt.

They are the operating system's generator, unless a simulation asks for a seed: then a run draws the same each time
(`tests/crash`, `tests/simulation`). What guards something (tokens, secrets, the nonces of the encryption) is drawn by
`secrets` and `os.urandom` where it is made, and never from a seed.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")
_system = random.SystemRandom()
_source: random.Random = _system


def below(limit: int) -> int:
    """A whole number from 0 to below `limit`."""
    return _source.randrange(limit)


def one_of(choices: Sequence[T]) -> T:
    """One item of a sequence."""
    return _source.choice(choices)


def between(least: float, most: float) -> float:
    """A number between two, for pauses."""
    return _source.uniform(least, most)


def raw(length: int) -> bytes:
    """So many random bytes."""
    return _source.randbytes(length)


def identifier() -> UUID:
    """A random UUID (version 4)."""
    return UUID(bytes=raw(16), version=4)


@contextmanager
def seeded(seed: int | str) -> Iterator[None]:
    """Draw everything in this process from a seed for a while. For simulations and tests alone: what is drawn can be foreseen."""
    global _source
    before, _source = _source, random.Random(seed)
    try:
        yield
    finally:
        _source = before
