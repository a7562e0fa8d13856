"""`POST /tokens`, `DELETE /tokens`."""

from datetime import timedelta
from typing import Any

from flask import Response, request

from api.auth import guard, tokens
from api.auth.models import BEARER
from api.idempotency.http import create
from api.product import product
from api.rest import Resource
from api.tokens.schemas import LogIn, Token
from engine.runtime.work import Work
from processes.registry.accounts import login
from processes.registry.accounts import services as accounts

resource = Resource("tokens", __name__, "登录。 Bearer tokens.")


@resource.on("/tokens", "POST", 201, Token)
@resource.takes(LogIn)
def log_in(body: dict[str, Any]) -> Any:
    """Give a bearer token for a name and a password; five wrong ones lock the name for 15 minutes."""
    at_hand = product()
    account = login.authenticate(at_hand.engine, body["username"], body["password"])
    lifetime = timedelta(hours=at_hand.settings.token_hours)

    def command(work: Work) -> dict[str, Any]:
        issued = tokens.issue(work.session, account.username, BEARER, lifetime)
        return {"token": issued.token, "expires_at": issued.expires_at}

    return create(accounts.actor_of(account), command)


@resource.on("/tokens", "DELETE", 204)
def log_out() -> Response:
    """End the bearer token of this request."""
    who, at_hand = guard.actor(), product()
    digest = tokens.digest(request.headers.get("Authorization", "").partition(" ")[2].strip())
    at_hand.engine.transact(who, lambda work: tokens.revoke(work.session, digest))
    at_hand.known.forget(digest)
    return Response(status=204)
