"""Ids of calls: short, random, and telling nothing; every leg, prompt and recording of a call begins with the call's own."""

from base64 import b32hexencode

from engine import chance

PREFIX = "c"
LENGTH = 17


def new() -> str:
    """A new call's id: 17 letters and digits."""
    return PREFIX + b32hexencode(chance.raw(10)).decode().lower()


def is_call(key: str) -> bool:
    """Whether something has the form of a call's id."""
    return len(key) == LENGTH and key.startswith(PREFIX)


def call_of(name: str) -> str:
    """The call that an id of ours belongs to; empty for what is none of ours."""
    call, dot, _rest = name.partition(".")
    return call if dot and is_call(call) else ""
