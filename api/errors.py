"""Errors as answers: one table from error class to HTTP status, and RFC 9457 problem documents everywhere."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from api import trouble
from api.json import dumps
from api.requests import REQUEST_ID
from api.trouble import DatabaseAway, StorageFull
from api.words import in_both
from engine.errors import (
    BihuanError,
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotFound,
    StepFailed,
    TooManyAttempts,
    Unauthenticated,
    VersionConflict,
)


class UnsupportedMedia(BihuanError):
    """请求体须为 JSON（Content-Type: application/json）。 The body must be JSON (Content-Type: application/json)."""

    code = "unsupported-media-type"


class NotReady(BihuanError):
    """系统正在启动，请稍候再试。 The system is still starting; try again in a moment."""

    code = "not-ready"


STATUS: Mapping[type[Exception], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    VersionConflict: 409,
    UnsupportedMedia: 415,
    Invalid: 422,
    TooManyAttempts: 429,
    StepFailed: 500,
    NotReady: 503,
    DatabaseAway: 503,
    StorageFull: 507,
    BihuanError: 500,
}
"""A subclass answers with the status of its nearest ancestor here."""

HTTP_MESSAGES = {
    400: "请求的格式不对。 The request cannot be read.",
    404: "没有这个地址。 There is nothing at this address.",
    405: "该地址不支持这种请求方法。 This address does not take that method.",
    413: "请求体过大。 The request is too large.",
    414: "网址过长。 The address is too long.",
    415: "不支持这种内容类型。 This kind of content is not accepted.",
    417: "无法满足请求头 Expect 的要求。 What the header Expect asks for cannot be done.",
    431: "请求头过大。 The headers of the request are too large.",
    500: "系统出错，已记录，请稍后再试或联系管理员。 Something went wrong on our side; it is logged. Try again later.",
    501: "不支持这种传输编码。 This transfer coding is not supported.",
}

MEDIA_TYPE = "application/problem+json"

log = structlog.get_logger("api.errors")


def status_of(error: BihuanError) -> int:
    """The HTTP status of an error by its class, 500 for one nobody listed."""
    return next((STATUS[cls] for cls in type(error).__mro__ if cls in STATUS), 500)


def problem(status: int, code: str, detail: str, errors: Mapping[str, Any] | None = None, /, **facts: Any) -> Response:
    """A problem document with the request's id, and `errors` as a list of `{field, message}`; `facts` may have any name."""
    own: dict[str, Any] = {"request_id": request.environ.get(REQUEST_ID)}
    if errors:
        own["errors"] = [{"field": field, "message": message} for field, message in flatten(errors)]
    return Response(document(status, code, detail, {**facts, **own}), status, content_type=MEDIA_TYPE)


def document(status: int, code: str, detail: str, facts: Mapping[str, Any] | None = None) -> bytes:
    """The text of a problem document (RFC 9457), also outside of any request."""
    own = {"type": f"urn:bihuan:problem:{code}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return dumps({**own, **{key: value for key, value in (facts or {}).items() if key not in own}})


def flatten(errors: Mapping[Any, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested marshmallow messages as a flat list: `{"citizen": {"phone": ["…"]}}` gives `("citizen.phone", "…")`."""
    flat: list[tuple[str, str]] = []
    for key, value in errors.items():
        path = prefix if key == "_schema" else f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, Mapping):
            flat += flatten(value, path)
        else:
            messages = value if isinstance(value, list) else [value]
            flat.append((path, " ".join(in_both(str(message)) for message in messages)))
    return flat


def of_bihuan(error: BihuanError) -> Response:
    """The answer to one of our own errors; what is our fault is logged with its trace."""
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request failed", code=error.code, detail=error.message, exc_info=error)
    # what cannot be read at all has no field to blame: the whole body (or query) is
    errors = error.errors or ({"": error.message} if status == HTTPStatus.BAD_REQUEST else {})
    answer = problem(status, error.code, error.message, errors, **error.details)
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def of_http(error: HTTPException) -> Response:
    """The answer to what Flask or Werkzeug refused: unknown address, wrong method, too large a body, and the like."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    code = HTTPStatus(status).phrase.lower().replace(" ", "-")
    answer = problem(status, code, HTTP_MESSAGES.get(status) or error.description or "")
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def of_unexpected(error: Exception) -> Response:
    """The answer to what nobody raised on purpose: the database's trouble by its name, or a bug, polite to the caller and whole in
    the log."""
    if (known := trouble.of(error)) is not None:
        log.warning("database in trouble", code=known.code, endpoint=request.endpoint, cause=type(error).__name__)
        answer = problem(status_of(known), known.code, known.message)
        answer.headers["Retry-After"] = trouble.AGAIN_AFTER
        return answer
    log.error("unexpected error", endpoint=request.endpoint, exc_info=error)
    return problem(500, "error", HTTP_MESSAGES[500])


Dress = Callable[[Response], Response]


def register(app: Flask, dress: Dress) -> None:
    """Answer every error of the app; `dress` may turn the problem document into a page for a browser."""
    app.register_error_handler(BihuanError, lambda error: dress(of_bihuan(error)))
    app.register_error_handler(HTTPException, lambda error: dress(of_http(error)))
    app.register_error_handler(Exception, lambda error: dress(of_unexpected(error)))
