"""What is refused on telephony's pages, in the reader's words."""

from http import HTTPStatus

from api.auth import guard
from api.errors import status_of
from api.product import product
from api.web.i18n import language, one_language
from engine.actor import Actor
from engine.errors import BihuanError, NotFound


class SwitchedOff(NotFound):
    """没有接入电话系统。 No telephone exchange is connected."""

    code = "no-exchange"


def admitted(*roles: str) -> Actor:
    """Who asks, with one of these roles. Raises what `guard.require` raises, and `SwitchedOff` where no exchange is set."""
    return with_exchange(guard.require(*roles))


def with_exchange(actor: Actor) -> Actor:
    """The same actor. Raises `SwitchedOff` where no exchange is set."""
    if product().settings.ari_url is None:
        raise SwitchedOff
    return actor


def said(refusal: BihuanError) -> str:
    """Why something was refused: the first field's message, else the refusal's own."""
    text = one_language(next(iter(refusal.errors.values()), refusal.message), language())
    claimed_by = refusal.details.get("claimed_by")
    return f"{text} ({claimed_by})" if claimed_by else text


def status(refusal: BihuanError) -> int:
    """The status of the page that says so."""
    return HTTPStatus(status_of(refusal))
