"""What happens around every request: its id, its log line, its figures, the headers that protect browsers."""

import re
import time
import uuid

import structlog
from flask import Flask, Response, g, request

from api.metrics import REQUESTS, SECONDS

_SENT_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

log = structlog.get_logger("api.requests")


def register(app: Flask) -> None:
    """Hang the two hooks on the app."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    sent = request.headers.get("X-Request-Id", "")
    g.request_id = sent if _SENT_ID.fullmatch(sent) else uuid.uuid4().hex[:16]
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    rule = request.url_rule.rule if request.url_rule is not None else "-"
    REQUESTS.labels(request.method, rule, response.status_code).inc()
    SECONDS.labels(rule).observe(seconds)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if g.get("identity") is not None:
        response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    # The rule, not the path: an address may carry a query code or a name.
    log.info("request", method=request.method, rule=rule, status=response.status_code, ms=round(seconds * 1000, 1), actor=g.get("actor_id"))
    return response
