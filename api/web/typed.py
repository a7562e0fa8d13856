"""What was typed into the form of a page."""

from flask import request

from api.auth.guard import CSRF_FIELD

NUL = "\x00"


def typed() -> dict[str, str]:
    """The fields of the form that was sent, without the token, and without NUL characters, which PostgreSQL keeps in no text."""
    return {name: value.replace(NUL, "") for name, value in request.form.items() if name != CSRF_FIELD}
