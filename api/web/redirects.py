"""Sending a browser on."""

from http import HTTPStatus

from flask import Response


def see_other(address: str) -> Response:
    """Answer "look there", fetched by GET whatever the request was."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": address})
