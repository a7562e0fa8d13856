"""Requests to the exchange over HTTP: kept connections, no proxy, path segments percent-encoded, errors by name."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.hooks import default_hooks
from requests.structures import CaseInsensitiveDict

from telephony.ari.errors import BY_STATUS, AriError, NotUnderstood, Unavailable, Unreachable
from telephony.ari.models import read

T = TypeVar("T")
Places: TypeAlias = Mapping[str, str]
CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 5.0
CONNECTIONS = 32
"""Some requests wait for a prompt's end, so as many threads may ask at once."""


class Transport:
    """One exchange's `/ari`; safe between threads."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        self._adapter = HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS, max_retries=0)
        basic = b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}", "Content-Length": "0"}

    def ask(self, method: str, path: str, places: Places | None = None, /, *, body: Any = None, **query: Any) -> bytes:
        """Send one request and give back the body of the answer; `path` has its variable parts in braces, as the exchange's own
        description writes them. Parameters that are None are left out. Raises `AriError`."""
        address = path.format_map({name: quote(value, safe="") for name, value in (places or {}).items()})
        sent = {name: _plain(value) for name, value in query.items() if value is not None}
        request = self._prepared(method, f"{self.url}{address}?{urlencode(sent)}" if sent else self.url + address, body)
        try:
            answer = self._adapter.send(request, timeout=(CONNECT_SECONDS, ANSWER_SECONDS))
        except requests.RequestException as error:
            raise Unreachable(status=None, method=method, path=address, said=type(error).__name__) from error
        if answer.ok:
            return answer.content
        raise _error(answer.status_code)(status=answer.status_code, method=method, path=address, said=_said(answer.content))

    def one(self, kind: type[T], method: str, path: str, places: Places | None = None, /, **given: Any) -> T:
        """The thing that is answered."""
        return read(kind, _loaded(self.ask(method, path, places, **given)))

    def many(self, kind: type[T], method: str, path: str, places: Places | None = None, /, **given: Any) -> list[T]:
        """The things that are answered."""
        found = _loaded(self.ask(method, path, places, **given))
        if not isinstance(found, list):
            raise NotUnderstood(said=str(found)[:200])
        return [read(kind, each) for each in found]

    def close(self) -> None:
        """Give the connections back."""
        self._adapter.close()

    def _prepared(self, method: str, url: str, body: Any) -> requests.PreparedRequest:
        # a session prepares each request anew, with cookies, proxies and redirects that an exchange has not: half of what a request costs
        request = requests.PreparedRequest()
        request.method, request.url, request.hooks = method, url, default_hooks()
        request.headers = CaseInsensitiveDict(self._headers)
        if body is not None:
            request.body = orjson.dumps(body)
            request.headers.update({"Content-Type": "application/json", "Content-Length": str(len(request.body))})
        return request


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _error(status: int) -> type[AriError]:
    return BY_STATUS.get(status, Unavailable if status >= 500 else AriError)


def _loaded(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError as error:
        raise NotUnderstood(said=str(content[:200])) from error


def _said(content: bytes) -> str:
    """The exchange's own words: `message` or `error` of its JSON."""
    try:
        body = orjson.loads(content)
        return str(body.get("message") or body.get("error") or "")
    except (ValueError, AttributeError):
        return content[:200].decode(errors="replace")
