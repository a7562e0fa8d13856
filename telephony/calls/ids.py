"""Ids of calls: short, random, and telling nothing; every leg, prompt and recording of a call begins with the call's own."""

from base64 import b32hexencode
from hashlib import sha256

from engine import chance

PREFIX = "c"
LENGTH = 17


def new() -> str:
    """A new call's id: 17 letters and digits."""
    return _of(chance.raw(10))


def always(name: str) -> str:
    """The id of a call that may be told more than once: the same for the same name."""
    return _of(sha256(name.encode()).digest()[:10])


def is_call(key: str) -> bool:
    """Whether something has the form of a call's id."""
    return len(key) == LENGTH and key.startswith(PREFIX)


def call_of(name: str) -> str:
    """The call that an id of ours belongs to; empty for what is none of ours."""
    call, dot, _rest = name.partition(".")
    return call if dot and is_call(call) else ""


def _of(raw: bytes) -> str:
    return PREFIX + b32hexencode(raw).decode().lower()
