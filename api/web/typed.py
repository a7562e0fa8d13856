"""What was typed into the form of a page."""

from flask import request

from api.auth.guard import CSRF_FIELD


def typed() -> dict[str, str]:
    """The fields of the form that was sent, without the token."""
    return {name: value for name, value in request.form.items() if name != CSRF_FIELD}
