"""Log-in and log-out pages."""

from flask import Blueprint, Response, render_template, request, url_for

from api.auth import guard
from api.product import product
from api.web import strangers
from api.web.i18n import language, one_language
from api.web.people import DEMO_ACCOUNTS
from api.web.redirects import own_page, see_other
from engine.errors import BihuanError
from processes.registry.accounts.login import authenticate

pages = Blueprint("login", __name__)


@pages.get("/login")
def show() -> Response | str:
    """The form; who is logged in already goes on."""
    if guard.maybe_actor() is not None:
        return see_other(_onward(request.args.get("next")))
    return _form("", None)


@pages.post("/login")
def enter() -> Response | tuple[str, int]:
    """Check name and password; open a session and go where the person wanted to."""
    username, password = request.form.get("username", "").strip(), request.form.get("password", "")
    if (stale := strangers.stale()) is not None:
        return _form(username, stale), 403
    try:
        account = authenticate(product().engine, username, password)
    except BihuanError as refusal:
        return _form(username, one_language(refusal.message, language())), 401
    return guard.open_session(see_other(_onward(request.form.get("next"))), account.username)


@pages.post("/logout")
def leave() -> Response:
    """End the session."""
    guard.maybe_actor()
    return guard.close_session(see_other(url_for("web.login.show", done="left")))


def _form(username: str, error: str | None) -> str:
    wanted = request.values.get("next", "")
    return render_template("login/page.html", username=username, error=error, next=wanted, demo_accounts=DEMO_ACCOUNTS)


def _onward(wanted: str | None) -> str:
    """Where to go after the log-in: a page of our own, never another site."""
    return own_page(wanted) or url_for("web.inbox.show")
