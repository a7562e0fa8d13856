"""JSON by orjson: what the API reads and writes, and Flask's own provider."""

from datetime import datetime
from typing import Any

import orjson
from flask.json.provider import JSONProvider


def dumps(value: Any) -> bytes:
    """Compact UTF-8; moments become RFC 3339 with their offset. Raises `TypeError` for what has no JSON form."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def loads(body: bytes) -> Any:
    """The value of strict JSON. Raises `ValueError`, also for lone surrogates and NaN."""
    return orjson.loads(body)


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """Encode to text."""
        return dumps(obj).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """Decode text or bytes."""
        return orjson.loads(s)


def moment(value: datetime | None) -> str | None:
    """A moment as the API writes it: RFC 3339 with offset, microseconds only where there are some."""
    return None if value is None else value.isoformat()
