"""Who is asking: the actor of the present request, by bearer token or by session cookie with a CSRF token."""

import hashlib
import hmac
from datetime import timedelta

from flask import Response, g, request

from api.auth import tokens
from api.auth.known import Identity
from api.auth.models import BROWSER
from api.product import Product, product
from engine import clock, crypto
from engine.actor import SYSTEM, Actor
from engine.errors import Forbidden, Unauthenticated
from processes.registry.accounts import services as accounts

COOKIE = "bihuan_session"
CSRF_HEADER, CSRF_FIELD = "X-CSRF-Token", "csrf_token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
NOTED_EVERY = timedelta(minutes=1)


class BadCsrfToken(Forbidden):
    """页面已过期，请刷新后再试。 This page is out of date; reload it and try again."""

    code = "bad-csrf-token"


def actor(*, counts_as_use: bool = True) -> Actor:
    """Who makes the present request. Raises `Unauthenticated`, and `BadCsrfToken` for a changing call by cookie without the token.

    `counts_as_use=False` leaves the session's idle time running, for what a page asks by itself.
    """
    known = g.get("identity") or _identify(counts_as_use=counts_as_use)
    if known is None:
        raise Unauthenticated
    g.identity = known
    return known.actor


def note_use() -> None:
    """Count the present request as use after all, where that shows only once it is known who asks and what for."""
    cookie, known = request.cookies.get(COOKIE), g.get("identity")
    if cookie and known is not None and known.kind == BROWSER:
        _prolong(known, tokens.digest(cookie))


def maybe_actor() -> Actor | None:
    """Who makes the present request, or None for a stranger."""
    try:
        return actor()
    except Unauthenticated:
        return None


def require(*groups: str) -> Actor:
    """The actor, who must be in one of the groups. Raises `Forbidden`."""
    who = actor()
    if not who.groups & frozenset(groups):
        roles = sorted(groups)
        raise Forbidden(f"需要以下角色之一：{'、'.join(roles)}。 This needs one of the roles: {', '.join(roles)}.", roles=roles)
    return who


def csrf_token() -> str:
    """The token that a page's forms and scripts of the present session must send back; empty without a session."""
    cookie = request.cookies.get(COOKIE)
    return _csrf_of(cookie) if cookie else ""


def open_session(response: Response, username: str) -> Response:
    """Log a browser in: a new session row and its cookie."""
    at_hand = product()
    idle = timedelta(minutes=at_hand.settings.session_idle_minutes)
    issued = at_hand.engine.transact(SYSTEM, lambda work: tokens.issue(work.session, username, BROWSER, idle))
    response.set_cookie(COOKIE, issued.token, httponly=True, samesite="Lax", secure=at_hand.settings.secure_cookies, path="/")
    return response


def close_session(response: Response) -> Response:
    """Log a browser out: the row goes, and the cookie with it."""
    cookie = request.cookies.get(COOKIE)
    if cookie:
        at_hand, digest = product(), tokens.digest(cookie)
        at_hand.engine.transact(SYSTEM, lambda work: tokens.revoke(work.session, digest))
        at_hand.known.forget(digest)
    response.delete_cookie(COOKIE, path="/")
    return response


def _identify(*, counts_as_use: bool) -> Identity | None:
    scheme, _, bearer = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return _look_up(product(), tokens.digest(bearer.strip()))
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    digest = tokens.digest(cookie)
    known = _look_up(product(), digest)
    if known is None or known.kind != BROWSER:
        return None
    _check_csrf(cookie)
    if counts_as_use:
        _prolong(known, digest)
    return known


def _look_up(at_hand: Product, digest: bytes) -> Identity | None:
    def ask() -> Identity | None:
        with at_hand.engine.read() as session:
            token = tokens.find(session, digest)
            account = accounts.active(session, token.username) if token is not None else None
            if token is None or account is None:
                return None
            return Identity(accounts.actor_of(account), token.kind, token.seen_at, token.expires_at)

    known = at_hand.known.get(digest, ask)
    return known if known is not None and known.expires_at > clock.real_now() else None


def _prolong(known: Identity, digest: bytes) -> None:
    if clock.real_now() - known.seen_at <= NOTED_EVERY:
        return
    at_hand = product()
    idle = timedelta(minutes=at_hand.settings.session_idle_minutes)
    longest = timedelta(hours=at_hand.settings.token_hours)
    at_hand.engine.transact(SYSTEM, lambda work: tokens.prolong(work.session, digest, idle, longest))
    at_hand.known.forget(digest)


def _check_csrf(cookie: str) -> None:
    if request.method in SAFE:
        return
    sent = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(sent.encode(), _csrf_of(cookie).encode()):
        raise BadCsrfToken


def _csrf_of(cookie: str) -> str:
    return hashlib.sha256(f"csrf {crypto.current().index(cookie)}".encode()).hexdigest()
