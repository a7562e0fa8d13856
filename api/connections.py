"""How the server's threads serve connections: gunicorn's threaded worker with four changes.

A thread stays with a connection for a moment after its answer, since a busy client asks again at once: handing the
connection back to the main thread and to another thread costs as much as the answer (`docs/adr/0011`). A small answer goes
out in one packet. What gunicorn itself must refuse is told as every other error is. And a worker may be one that answers nobody,
since it tends the background work (`api/serve.py`).
"""

import os
import select
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import structlog
from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.http.errors import (
    ExpectationFailed,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from api.errors import HTTP_MESSAGES, MEDIA_TYPE, document

STAY = 25
"""Milliseconds that a thread waits for the next request of its connection."""
BUSIEST = 0.75
"""The share of the threads beyond which none waits, so that new connections find one."""
REFUSALS = {
    LimitRequestLine: 414,
    LimitRequestHeaders: 431,
    ExpectationFailed: 417,
    UnsupportedTransferCoding: 501,
    InvalidResponseHeader: 500,
    InvalidResponseHeaderName: 500,
    ParseException: 400,
}
"""Each kind before the wider one that holds it."""
BEAT = 1.0
"""Seconds between two heartbeats of a worker that answers nobody."""

log = structlog.get_logger("api.connections")


class Answer(wsgi.Response):
    """An answer whose head waits for the first piece of its body."""

    headers_sent: bool
    _head = b""
    _together = True

    def send_headers(self) -> None:
        """Keep the head back, unless the body goes out by itself."""
        if self.headers_sent:
            return
        if not self._together:
            super().send_headers()
            return
        lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
        self._head = "".join(lines).encode("latin-1")
        self.headers_sent = True

    def write_file(self, file: Iterable[bytes]) -> None:
        """Send the head, then let the kernel send the file."""
        self._together = False
        super().write_file(file)

    def close(self) -> None:
        """End the answer; one without a body is its head alone."""
        if not self.headers_sent:
            self.send_headers()
        if self._head:
            self._emit_body(b"")
        super().close()

    def _emit_body(self, data: bytes) -> None:
        head, self._head = self._head, b""
        if self.chunked and data:
            data = b"%X\r\n%b\r\n" % (len(data), data)
        self.sock.sendall(head + data)


class Connections(ThreadWorker):
    """gunicorn's worker for this product."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # a dozen settings are looked up for each request, each through two calls unless it is a plain attribute
        self.cfg.__dict__.update({name: setting.get() for name, setting in self.cfg.settings.items()})
        self._most = int(self.cfg.threads * BUSIEST)
        self._busy = 0
        self._counting = threading.Lock()
        self.kind = ""
        """What this worker is for, in the words of `api/serve.py`; set before the fork."""
        self.beats: Callable[[], None] | None = None
        """For a worker that answers nobody: what it does at each heartbeat."""

    def run(self) -> None:
        """Answer requests, or only live, until told to end or left alone."""
        if self.beats is None:
            super().run()
            return
        while self.alive and self.is_parent_alive():
            self.notify()
            self.beats()
            if select.select(self.PIPE[:1], [], [], BEAT)[0]:  # every signal is written there
                os.read(self.PIPE[0], 1)

    def handle(self, conn: TConn) -> Any:
        """Answer a request, and those that follow it closely; gunicorn's word for what becomes of the connection."""
        with self._counting:
            self._busy += 1
        try:
            kept = super().handle(conn)
            while kept is True and self.alive and self._busy <= self._most and _asks_again(conn):
                kept = super().handle(conn)
            return kept
        finally:
            with self._counting:
                self._busy -= 1

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """Answer one request; whether the connection stays open."""
        answer, environ = wsgi.create(req, conn.sock, conn.client, conn.server, self.cfg, response_class=Answer)
        environ["wsgi.multithread"] = True
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
            answer.force_close()
        try:
            _send(answer, self.wsgi(environ, answer.start_response))
        except OSError:
            raise
        except Exception:
            if not answer.headers_sent:
                raise
            # a second answer behind half of the first would only confuse: the connection ends here
            log.exception("an answer broke off")
            return False
        return not answer.should_close()

    def handle_error(self, req: Request | None, client: Any, addr: Any, exc: BaseException) -> None:
        """Tell what was refused before the application saw it (a URL or head too long, no HTTP at all), or a failure around it."""
        status = next((code for kind, code in REFUSALS.items() if isinstance(exc, kind)), 500)
        if status == HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("unexpected error around a request", exc_info=exc)
        else:
            log.warning("request refused", status=status, reason=type(exc).__name__)
        phrase = HTTPStatus(status).phrase
        body = document(status, phrase.lower().replace(" ", "-"), HTTP_MESSAGES[status])
        head = f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Type: {MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"
        try:
            util.write_nonblock(client, head.encode() + body)
        except OSError:
            log.info("nobody waited for the refusal")


def _asks_again(conn: TConn) -> bool:
    """Whether the client sends its next request within a moment, or has already."""
    if conn.parser.unreader.buf.getbuffer().nbytes:
        return True
    waiting = select.poll()
    waiting.register(conn.sock, select.POLLIN)
    return bool(waiting.poll(STAY))


def _send(answer: Answer, body: Any) -> None:
    try:
        if isinstance(body, wsgi.FileWrapper):
            answer.write_file(body)
        else:
            for piece in body:
                answer.write(piece)
        answer.close()
    finally:
        if hasattr(body, "close"):
            body.close()
