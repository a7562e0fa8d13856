"""Forms for people who have not logged in: a token bound to a cookie of their own, so that no other site can send them."""

import hashlib
import hmac
import secrets

from flask import Response, g, request

from api.auth.guard import CSRF_FIELD, BadCsrfToken
from engine import crypto

COOKIE = "bihuan_visit"


def token() -> str:
    """The token for a stranger's form; its cookie is set with the answer."""
    if "visit" not in g:
        g.visit = request.cookies.get(COOKIE) or secrets.token_urlsafe(16)
    return _token_of(g.visit)


def check() -> None:
    """Refuse a form that was not given out to this browser. Raises `BadCsrfToken`."""
    if not given(request.form.get(CSRF_FIELD, "")):
        raise BadCsrfToken


def given(sent: str) -> bool:
    """Whether this token was given out to this browser."""
    visit = request.cookies.get(COOKIE, "")
    return bool(visit) and hmac.compare_digest(sent.encode(), _token_of(visit).encode())


def remember(response: Response) -> Response:
    """Set the cookie when a token was given out for a new one."""
    if "visit" in g and request.cookies.get(COOKIE) != g.visit:
        response.set_cookie(COOKIE, g.visit, httponly=True, samesite="Strict", secure=request.is_secure)
    return response


def _token_of(visit: str) -> str:
    return hashlib.sha256(f"visit {crypto.current().index(visit)}".encode()).hexdigest()
