"""What people typed, kept apart from the chain so that it can be deleted, sealed so that only the product can read it."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from engine import chance, crypto


def seal(submitted: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    """The sealed text, and what the chain keeps of it: a digest, salted so that a short answer cannot be guessed from it."""
    clear = orjson.dumps({**submitted, "salt": chance.raw(8).hex()}, default=str)
    return crypto.current().seal(clear), {"submission": hashlib.sha256(clear).hexdigest()}


def open_sealed(body: bytes, digest: str) -> dict[str, Any] | None:
    """What was submitted, or None when the text is not the one the chain vouches for."""
    clear = crypto.current().open(body)
    if hashlib.sha256(clear).hexdigest() != digest:
        return None
    submitted: dict[str, Any] = orjson.loads(clear)
    submitted.pop("salt", None)
    return submitted
