"""JSON by orjson: what the API reads and writes, and Flask's own provider."""

from datetime import datetime
from typing import Any

import orjson
from flask.json.provider import JSONProvider

from api.requests import HoldsNul
from engine.errors import Malformed

DEEPEST = 64
"""How deeply a body may be nested. orjson reads 1,024 levels but writes only 254, and what is kept lies in something of ours."""


def dumps(value: Any) -> bytes:
    """Compact UTF-8; moments become RFC 3339 with their offset. Raises `TypeError` for what has no JSON form."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def read(body: bytes) -> Any:
    """The value of a request's body. Raises `Malformed` for what is no strict JSON (lone surrogates and NaN too), for a NUL and for
    what is nested too deeply."""
    if b"\\u0000" in body or b"\x00" in body:
        raise HoldsNul
    try:
        value = orjson.loads(body)
    except ValueError as error:
        raise Malformed(f"请求体不是合法的 JSON。 The body is not valid JSON: {error}.") from error
    if body.count(b"[") + body.count(b"{") > DEEPEST and _deeper(value, DEEPEST):
        raise Malformed(f"请求体嵌套太深，最多 {DEEPEST} 层。 The body is nested too deeply: at most {DEEPEST} levels.")
    return value


def _deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most + 1):
        level = [inner for one in level if isinstance(one, dict | list) for inner in (one.values() if isinstance(one, dict) else one)]
    return bool(level)


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
