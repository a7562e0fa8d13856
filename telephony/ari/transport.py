"""Requests to the exchange over HTTP: kept connections, no proxy, path segments percent-encoded, errors by name.

Not by `requests`: that costs five times as much a request, and a call makes some fifteen of them (ADR 0023).
"""

import select
import threading
from base64 import b64encode
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, socket
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import orjson

from telephony.ari.errors import BY_STATUS, NOT_IN_STASIS, AriError, NotInStasis, NotUnderstood, Unavailable, Unreachable
from telephony.ari.models import read

T = TypeVar("T")
Places: TypeAlias = Mapping[str, str]
CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 5.0


class Transport:
    """One exchange's `/ari`; safe between threads."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        place = urlsplit(self.url)
        self._kind = HTTPSConnection if place.scheme == "https" else HTTPConnection
        self._host, self._root = place.netloc, place.path
        self._idle: deque[HTTPConnection] = deque()
        self._busy: set[HTTPConnection] = set()
        self._lock, self._given_up = threading.Lock(), False
        basic = b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}"}

    def ask(self, method: str, path: str, places: Places | None = None, /, *, body: Any = None, **query: Any) -> bytes:
        """Send one request and give back the body of the answer; `path` has its variable parts in braces, as the exchange's own
        description writes them. Parameters that are None are left out. Raises `AriError`."""
        address = path.format_map({name: quote(value, safe="") for name, value in (places or {}).items()})
        sent = {name: _plain(value) for name, value in query.items() if value is not None}
        try:
            status, content = self._send(method, f"{self._root}{address}?{urlencode(sent)}" if sent else self._root + address, body)
        except (OSError, HTTPException) as error:
            raise Unreachable(status=None, method=method, path=address, said=type(error).__name__) from error
        if 200 <= status < 300:
            return content
        said = _said(content)
        raise _error(status, said)(status=status, method=method, path=address, said=said)

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
        while self._idle:
            self._idle.pop().close()

    def give_up(self) -> None:
        """From now on nobody waits for an answer: requests under way and to come raise `Unreachable` at once."""
        with self._lock:
            self._given_up = True
            busy = list(self._busy)
        for line in [connection.sock for connection in busy]:
            with suppress(OSError):
                if line is not None:  # else it has ended just now
                    socket.shutdown(line, SHUT_RDWR)  # the plain one's: TLS would say good-bye, and a thread reads it just now

    def _send(self, method: str, target: str, body: Any) -> tuple[int, bytes]:
        if self._given_up:
            raise ConnectionAbortedError
        connection = self._connection()
        try:
            self._begin(connection)
            if body is None:
                connection.request(method, target, headers=self._headers)
            else:
                connection.request(method, target, orjson.dumps(body), {**self._headers, "Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
        except BaseException:
            self._busy.discard(connection)
            connection.close()
            raise
        self._busy.discard(connection)
        self._idle.append(connection)
        return answer.status, content

    def _begin(self, connection: HTTPConnection) -> None:
        with self._lock:
            if self._given_up:
                raise ConnectionAbortedError
            self._busy.add(connection)

    def _connection(self) -> HTTPConnection:
        """One that nobody uses: as many as requests run at once, for some wait for a prompt's end."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was first
                break
            if _alive(connection):
                return connection
            connection.close()
        connection = self._kind(self._host, timeout=CONNECT_SECONDS)
        connection.connect()
        connection.sock.settimeout(ANSWER_SECONDS)
        return connection


def _alive(connection: HTTPConnection) -> bool:
    """Whether the exchange has kept it open: one that it closed, as it does after some idle time, has an end to read."""
    if connection.sock is None:
        return False
    looking = select.poll()
    looking.register(connection.sock, select.POLLIN)
    return not looking.poll(0)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _error(status: int, said: str) -> type[AriError]:
    if said == NOT_IN_STASIS:
        return NotInStasis
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
