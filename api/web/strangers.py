"""Forms for people who have not logged in: a token bound to a cookie of their own, so that no other site can send them."""

import hashlib
import hmac
import secrets

from flask import Response, g, request

from api.auth.guard import CSRF_FIELD
from api.web.i18n import N_, language, translate
from engine import crypto

COOKIE = "bihuan_visit"
STALE = N_("页面已过期，没有发送。请再填一次。")


def token() -> str:
    """The token for a stranger's form; its cookie is set with the answer."""
    if "visit" not in g:
        g.visit = request.cookies.get(COOKIE) or secrets.token_urlsafe(16)
    return _token_of(g.visit)


def stale() -> str | None:
    """What to say above the same form, empty where it was secret, when it was not given out to this browser: a restored browser has
    forgotten its visit, and what it shows would be refused however often it is sent. None for one that was."""
    return None if given(request.form.get(CSRF_FIELD, "")) else translate(STALE, language())


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
