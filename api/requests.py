"""What happens around every request: its id, its log line, its figures, the headers that protect browsers, no NUL in it.

All but the last is a layer of WSGI around Flask and not hooks inside it: it sees every answer, also Flask's own, and costs less
(`docs/adr/0011`).
"""

import random
import re
import time
from collections.abc import Callable, Iterable
from typing import IO, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from flask import Flask, Request, g, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser

from api import metrics
from engine.errors import Malformed

REQUEST_ID = "bihuan.request_id"
"""The key of a request's id in its WSGI environment."""
_SENT_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_ADDRESS = re.compile(r"wss?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?")
PROTECTION = "BIHUAN_PROTECTION"
"""The app's headers that protect browsers, where they are not `HEADERS`."""


def policy(*connects: str) -> str:
    """The content security policy of a house whose scripts may speak to these addresses besides its own."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "media-src 'self'",
            " ".join(("connect-src 'self'", *connects)),
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


HEADERS = (
    ("Content-Security-Policy", policy()),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
NOT_KEPT = ("Cache-Control", "no-store")
"""For an answer to somebody we know, unless the view says otherwise."""

log = structlog.get_logger("api.requests")


class HoldsNul(Malformed):
    """请求中含有空字符。 The request holds a NUL character."""


def register(app: Flask) -> None:
    """Put the layer around the app, and refuse what holds a NUL: the databases keep it in no text, and PostgreSQL looks for none."""
    put_around(app, lambda inner: _Layer(inner, app))
    app.request_class = _Request
    app.before_request(_refuse_nul)


def may_connect(app: Flask, address: str) -> None:
    """Let the pages' scripts speak to exactly this websocket besides the product itself; an address that is none admits nothing."""
    if _ADDRESS.fullmatch(address):
        app.config[PROTECTION] = (("Content-Security-Policy", policy(address)), *HEADERS[1:])


def put_around(app: Flask, layer: Callable[[WSGIApplication], Any]) -> None:
    """Put a layer of WSGI around an app, outside all it has so far."""
    app.wsgi_app = layer(app.wsgi_app)  # type: ignore[method-assign]  # a method for mypy, the place for layers for Flask


def _refuse_nul() -> None:
    if "\x00" in request.path or b"%00" in request.query_string:
        raise HoldsNul


class _Forms(FormDataParser):
    """Every form that is sent, with files or without; a body of JSON is read by `api.json`."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """Read a form. Raises `HoldsNul`, also for names."""
        rest, fields, files = super().parse(stream, mimetype, content_length, options)
        sent = [file for each in files.listvalues() for file in each]
        texts = (*fields, *(value for values in fields.listvalues() for value in values), *files, *(file.filename or "" for file in sent))
        if any("\x00" in text for text in texts):
            for file in sent:
                file.close()
            raise HoldsNul
        return rest, fields, files


class _Request(Request):
    form_data_parser_class = _Forms


class _Layer:
    def __init__(self, inner: WSGIApplication, app: Flask) -> None:
        self._inner, self._app = inner, app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        began = time.perf_counter()
        sent = environ.get("HTTP_X_REQUEST_ID")
        request_id = sent if sent and _SENT_ID.fullmatch(sent) else f"{random.getrandbits(64):016x}"
        environ[REQUEST_ID] = request_id
        # whatever the thread's last request bound is bound anew, or unbound (`...`), so nothing needs clearing
        structlog.contextvars.bind_contextvars(request=request_id, case=..., instance=...)

        def start(status: str, headers: list[tuple[str, str]], failure: Any = None) -> Any:
            actor = _note(environ["REQUEST_METHOD"], int(status[:3]), time.perf_counter() - began)
            own = [*headers, *self._app.config.get(PROTECTION, HEADERS), ("X-Request-Id", request_id)]
            if actor is not None and not any(name == NOT_KEPT[0] for name, _value in headers):
                own.append(NOT_KEPT)
            return start_response(status, own, failure)

        return self._inner(environ, start)


def _note(method: str, status: int, seconds: float) -> str | None:
    """Count the answer and log its line; who asked, if that is known. Runs while Flask still has the request at hand."""
    found = request.url_rule
    # the rule, not the path: an address may carry a query code or a name
    rule = found.rule if found is not None else "-"
    metrics.answered(method, rule, status, seconds)
    known = g.get("identity")
    actor: str | None = known.actor.id if known is not None else None
    log.info("request", method=method, rule=rule, status=status, ms=round(seconds * 1000, 1), actor=actor)
    return actor
